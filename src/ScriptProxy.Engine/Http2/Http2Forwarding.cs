using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// The forward proxy to clients that speak HTTP/2 with it ("HTTPS proxy"): each request names where it goes, by :scheme and :authority, or asks
/// for a tunnel that is its stream (CONNECT, RFC 9113 §8.5). Streams run side by side, each with credentials of its own. Thread-safe.
/// </summary>
internal sealed class Http2Forwarding(ProtocolSwitch protocols, BasicAuthentication authentication, ViaField? via)
{
    /// <summary>Finds out where a request goes and whose it is.</summary>
    /// <param name="features">The stream.</param>
    /// <param name="head">The request's; its credentials are gone afterwards.</param>
    /// <param name="line">The request's.</param>
    /// <param name="connection">The client's.</param>
    /// <returns>Where and whose; or how it is answered instead.</returns>
    public async ValueTask<Http2ForwardTarget> ResolveAsync(IFeatureCollection features, HeaderBlock head, RequestLine line, ProxyConnection connection)
    {
        var isConnect = IsConnect(features);
        var scheme = features.GetRequiredFeature<IHttpRequestFeature>().Scheme;
        var isTls = scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
        if (!isConnect && !isTls && !scheme.Equals("http", StringComparison.OrdinalIgnoreCase)) return Refused($"a URL of the scheme {scheme}, http and https are served");
        if (!Authority.TryParse(head["Host"] ?? "", isConnect ? 0 : isTls ? 443 : 80, out var host, out var port))
            return Refused(isConnect ? "a CONNECT target that is not host:port" : "an :authority that is not a host name");
        if (isConnect && (head.Contains("Content-Length") || head.Contains("Transfer-Encoding"))) return Refused("a body, which CONNECT cannot have");
        if (isConnect && via?.LoopOf(head) is { } loop) return new Http2ForwardTarget { Answer = FlowResponse.Of(loop) };
        if (!isConnect && isTls && IsOurs(connection.Client, host, port)) return new Http2ForwardTarget { Answer = OwnPages.Answer(head, line) };

        var (challenge, user) = await authentication.IdentifyAsync(connection, head);
        if (challenge is not null) return new Http2ForwardTarget { Answer = challenge };
        var client = isConnect || (user is not null && !connection.TryOwn(user.Name)) ? NewClient(features, connection.Client) : connection.Client;
        if (user is not null) client.User = user.Name;
        return new Http2ForwardTarget { Client = client, Destination = isTls ? Destination.Tls(host, port) : Destination.Plain(host, port), IsConnect = isConnect };
    }

    /// <summary>Serves a tunnel until it ends.</summary>
    /// <param name="features">The stream.</param>
    /// <param name="exchange">Answers where there is no tunnel.</param>
    /// <param name="target">Where and whose.</param>
    /// <param name="head">The head of the CONNECT.</param>
    /// <param name="carrier">The client's connection.</param>
    /// <param name="heartbeat">Looks after the tunnel's deadline.</param>
    public async Task ServeTunnelAsync(IFeatureCollection features, Http2ClientExchange exchange, Http2ForwardTarget target, HeaderBlock head, ProxyConnection carrier, Heartbeat heartbeat)
    {
        var stream = new ConnectStream(features);
        using var tunnel = new ProxyConnection(carrier, target.Client!, stream, stream) { Via = via?.Continue(head) };
        heartbeat.Add(tunnel);
        try
        {
            var request = new ConnectRequest(head, target.Destination!.Host, target.Destination.Port);
            await protocols.ServeAsync(tunnel, request, new ConnectStreamAnswer(features, exchange));
            await tunnel.RunRemainderAsync();
        }
        finally
        {
            heartbeat.Remove(tunnel);
            await stream.EndAsync();
        }
    }

    /// <summary>Whether a request is a CONNECT that asks for a tunnel, not for a WebSocket (RFC 8441).</summary>
    public static bool IsConnect(IFeatureCollection features) =>
        features.GetRequiredFeature<IHttpRequestFeature>().Method == "CONNECT" && features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true };

    /// <summary>Whether a client talks to the proxy as if it were a web server. To HTTP/1.1 it is the form of the target that tells.</summary>
    private static bool IsOurs(ClientConnection client, string host, int port) => port == client.LocalEndPoint.Port &&
        (host.Equals(client.ServerName, StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && address.Equals(client.LocalEndPoint.Address)));

    /// <summary>A tunnel has a client of its own, and so has a request of another user than the connection's first.</summary>
    private static ClientConnection NewClient(IFeatureCollection features, ClientConnection client) =>
        new($"{client.Id}.{features.GetRequiredFeature<IHttp2StreamIdFeature>().StreamId}", client);

    private static Http2ForwardTarget Refused(string problem) => new() { Answer = FlowResponse.Of(FlowErrors.BadRequest(problem)) };
}
