using System.Text;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Http1;

/// <summary>What someone sees who talks to the proxy as if it were a web server.</summary>
internal static class OwnPages
{
    private const string Page = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>ScriptProxy</title>
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}code{background:#eee;padding:.1em .3em}</style></head>
        <body><h1>ScriptProxy</h1>
        <p>This is an intercepting HTTP proxy, not a web site. It works: configure your client to use this address as its <b>HTTP proxy</b>,
        for HTTP and HTTPS alike, and trust its root certificate (<code>ca.pem</code>).</p>
        <p>For example: <code>curl --proxy http://this-address --cacert ~/.scriptproxy/ca.pem https://example.com/</code></p>
        </body></html>
        """;

    /// <summary>The answer to a request in origin form that came to the proxy's own address.</summary>
    public static FlowResponse Answer(HeaderBlock head, RequestLine line)
    {
        var isPage = line.TargetBytes(head).SequenceEqual("/"u8);
        var method = line.MethodBytes(head);
        if (method.SequenceEqual("OPTIONS"u8)) return FlowResponse.Local(200, default, [new("Allow", "GET, HEAD, OPTIONS, CONNECT")]);
        if (isPage && (method.SequenceEqual("GET"u8) || method.SequenceEqual("HEAD"u8)))
        {
            return FlowResponse.Local(200, Encoding.UTF8.GetBytes(Page),
            [
                new("Content-Type", "text/html; charset=utf-8"),
                new("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                new("X-Content-Type-Options", "nosniff"),
                new("Cache-Control", "no-store"),
            ]);
        }

        return FlowResponse.Local(400, "This is a proxy: it expects requests for absolute URLs (GET http://host/path) or CONNECT. Configure it as your client's HTTP proxy.\n"u8.ToArray(),
            [new("Content-Type", "text/plain; charset=utf-8")]);
    }
}
