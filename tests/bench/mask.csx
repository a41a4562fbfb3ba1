// The edits every proxy of the bench makes: one request header masked when present, one response header set.
void OnRequest(HttpFlow flow)
{
    if (flow.Request.Headers.Contains("X-Api-Key")) flow.Request.Headers["X-Api-Key"] = "***";
}

void OnResponse(HttpFlow flow) => flow.Response!.Headers["Server"] = "masked";
