// mirror.csx - the web as in a mirror
//
//     scriptproxy -s examples/scripts/mirror.csx

void OnResponse(HttpFlow flow)
{
    if (flow.Response!.ContentType != "text/html") return;
    flow.Response.ReplaceText("</head>", "<style>body { transform: scaleX(-1); }</style></head>");
    flow.Response.Headers.Remove("Content-Security-Policy");    // it would forbid the style
}
