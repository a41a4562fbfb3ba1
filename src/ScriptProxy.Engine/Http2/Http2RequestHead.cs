using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Makes a head for HTTP/1.1 of an HTTP/2 request, validating again at the border what could mean something else there (RFC 9113 §8.2, §10.3).
/// </summary>
internal static class Http2RequestHead
{
    /// <param name="features">The request.</param>
    /// <param name="destination">Where all requests of the connection go; null where each says where, which may be a CONNECT, and may need credentials for that.</param>
    /// <param name="head">What was read.</param>
    /// <param name="line">What was read.</param>
    /// <returns>Why it is refused; null when it was read.</returns>
    public static RequestHeadError? Read(IFeatureCollection features, Destination? destination, out HeaderBlock head, out RequestLine line)
    {
        var request = features.GetRequiredFeature<IHttpRequestFeature>();
        head = new HeaderBlock();
        line = new RequestLine(request.Method, request.RawTarget, HttpVersion.Version20);
        var connect = features.Get<IHttpExtendedConnectFeature>();
        var isWebSocket = connect is { IsExtendedConnect: true, Protocol: "websocket" };
        var isConnect = request.Method == "CONNECT" && !isWebSocket;
        if (isConnect && (destination is not null || connect is { IsExtendedConnect: true })) return new RequestHeadError(501, "CONNECT inside a tunnel is not supported.");
        if (!HeaderSyntax.IsToken(request.Method)) return new RequestHeadError(400, "The request has a method that is not a token.");
        if (!isConnect && !IsTarget(request.RawTarget)) return new RequestHeadError(400, "The request has a path that is not a path.");

        head.AppendLine("Host", request.Headers.Host is [{ Length: > 0 } host] ? host : destination?.Authority ?? "");
        foreach (var (name, values) in request.Headers)
        {
            if (name.Length == 0 || name[0] == ':' || name.Equals("Host", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var value in values)
            {
                if (AddLine(head, name, value ?? "", isForwarded: destination is null) is { } refusal) return refusal;
            }
        }

        if (isWebSocket) line = MakeUpgrade(head, request.RawTarget);
        destination?.Reverse?.Rewrite(head, ref line);
        return null;
    }

    private static RequestHeadError? AddLine(HeaderBlock head, string name, string value, bool isForwarded)
    {
        if (!HeaderSyntax.IsToken(name) || value.AsSpan().ContainsAny("\r\n\0")) return new RequestHeadError(400, "The request has a header that HTTP/1.1 cannot carry.");
        switch (KnownHeaders.Find(name))
        {
            // RFC 9113 §8.2.2: these make a request malformed; forwarded, they would frame it anew.
            case KnownHeader.Connection or KnownHeader.TransferEncoding or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.Upgrade:
                return new RequestHeadError(400, $"The request has the header {name}, which HTTP/2 does not allow.");
            case KnownHeader.Http2Settings:
                return null;
            case KnownHeader.ProxyAuthorization when !isForwarded:
                return null;
            default:
                head.AppendLine(name, value);
                return null;
        }
    }

    // RFC 8441 §5: an extended CONNECT is what the upgrade request was in HTTP/1.1, with a key of our own.
    private static RequestLine MakeUpgrade(HeaderBlock head, string target)
    {
        head.AppendLine("Connection", "Upgrade");
        head.AppendLine("Upgrade", "websocket");
        if (!head.Contains("Sec-WebSocket-Key")) head.AppendLine("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        return new RequestLine("GET", target, HttpVersion.Version20);
    }

    private static bool IsTarget(string target) =>
        target == "*" || (target.Length > 0 && target[0] == '/' && !target.AsSpan().ContainsAnyInRange('\0', ' ') && !target.Contains('\x7F', StringComparison.Ordinal) && !target.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'));
}
