// no-cache.csx - let origins answer in full, never with 304
//
//     scriptproxy -s examples/scripts/no-cache.csx

// Without the client's validators (RFC 9110, section 13.1) an origin cannot say that nothing has changed.
void OnRequest(HttpFlow flow)
{
    flow.Request.Headers.Remove("If-None-Match");
    flow.Request.Headers.Remove("If-Modified-Since");
}

// And what came is not to be kept.
void OnResponse(HttpFlow flow)
{
    flow.Response!.Headers.Remove("ETag");
    flow.Response.Headers.Remove("Last-Modified");
    flow.Response.Headers["Cache-Control"] = "no-store";
}
