// inject-iframe.csx - put a frame of your own at the end of every page
//
//     scriptproxy -s examples/scripts/inject-iframe.csx --set inject-iframe.url=https://tools.example/toolbar

using System.Net;

record Options { [Option("What the frame shows. There is none without it.")] public Uri? Url { get; init; } }
Options options = new();

void OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    if (options.Url is null || response.ContentType != "text/html") return;

    // The page streams on; a policy of its own would keep the frame away.
    response.ReplaceText("</body>", $"""<iframe src="{WebUtility.HtmlEncode(options.Url.AbsoluteUri)}" width="100%" height="80"></iframe></body>""");
    response.Headers.Remove("Content-Security-Policy");
}
