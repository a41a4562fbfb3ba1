// mask.csx - keep secrets where they belong
//
//     scriptproxy -s examples/scripts/mask.csx
//
// Change and save it while it runs: the next request sees the new version.

void OnRequest(HttpFlow flow)
{
    var headers = flow.Request.Headers;

    // Recorded as ***: no log, capture or page shows them. The wire keeps them, the origin still needs them.
    headers.Redact("Authorization");
    headers.Redact("Cookie");

    // Changed on the wire: the origin gets the mask, the key does not leave this machine.
    if (headers.Contains("X-Api-Key")) headers["X-Api-Key"] = "masked";
}

void OnResponse(HttpFlow flow)
{
    // The client need not know what the origin runs on.
    flow.Response!.Headers.Remove("Server");
}
