// error-page.csx - show people a page of your own where a site does not answer
//
//     scriptproxy -s examples/scripts/error-page.csx

using System.Net;

void OnError(HttpFlow flow)
{
    // Programs keep the proxy's own short answer.
    if (flow.Request.Headers["Accept"]?.Contains("text/html", StringComparison.OrdinalIgnoreCase) != true) return;

    var error = flow.Error!;
    var status = error.StatusCode is >= 400 and <= 599 ? error.StatusCode : 502;
    var page = $"""
        <!doctype html>
        <title>No answer</title>
        <h1>{WebUtility.HtmlEncode(flow.Request.Host)} does not answer</h1>
        <p>{WebUtility.HtmlEncode(error.Message)}</p>
        """;
    flow.Respond(status, page, "text/html; charset=utf-8");
}
