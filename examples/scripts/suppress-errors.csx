// suppress-errors.csx - hang up where an origin does not answer, instead of answering 502 in its place
//
//     scriptproxy -s examples/scripts/suppress-errors.csx
//
// For scanners and load tests, which would take the proxy's answer for the site's.

void OnError(HttpFlow flow) => flow.Abort();
