// mask.csx - a script beside the application; saved while it runs, the next request sees the new version
void OnRequest(HttpFlow flow)
{
    if (flow.Request.Headers.Contains("X-Api-Key")) flow.Request.Headers["X-Api-Key"] = "masked";
}
