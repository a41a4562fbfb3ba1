using System.Net;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Tunnels;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Where all modes meet once the destination is known: asks whether the client may go there, answers it, and finds out what it speaks: TLS
/// to intercept, plain HTTP, or something that is relayed unread. Thread-safe.
/// </summary>
internal sealed class ProtocolSwitch(
    TunnelDecisions decisions, TlsInterceptor interceptor, KestrelHttp2 http2, FlowPipeline pipeline, Tunnel tunnel, ProxyOptions options)
{
    private static readonly byte[] AccessDenied = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x31];

    /// <summary>Serves one client until it leaves.</summary>
    /// <param name="connection">Stands at the first byte after its request.</param>
    /// <param name="request">Where it wants to go.</param>
    /// <param name="answer">How it is told whether it gets there.</param>
    public async Task ServeAsync(ProxyConnection connection, ConnectRequest request, TunnelAnswer answer)
    {
        var connect = new ConnectFlow(connection.Client, request.Head, request.Host, request.Port);
        if (await decisions.DenialAsync(connect) is { } denial)
        {
            await answer.RefuseAsync(denial);
            return;
        }

        if (decisions.IsUnread(request, connect))
        {
            if (answer.IsWanted) await tunnel.OpenAsync(connection, connect.Host, connect.Port, answer, hello: null);
            return;
        }

        // The origin is dialled when it is needed: a client that reaches us is told that it reached the origin.
        if (!await answer.TryAcceptAsync()) return;
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        var (protocol, hello) = await ProtocolSniffer.SniffAsync(connection.Wire, options.ServerFirstTimeout);
        if (!answer.IsWanted)
        {
            connection.Wire.Abort();
            return;
        }

        if (protocol == ClientProtocol.Silent)
        {
            // A slow client is not to pass by the addons: only a server that does speak first makes this a tunnel.
            if (await tunnel.OpenUnlessClientSpeaksAsync(connection, connect.Host, connect.Port)) return;
            connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
            (protocol, hello) = await ProtocolSniffer.SniffAsync(connection.Wire, Timeout.InfiniteTimeSpan);
        }

        switch (protocol)
        {
            case ClientProtocol.Tls:
                await ServeTlsAsync(connection, request, connect, hello);
                break;
            case ClientProtocol.Http1 when !decisions.IsTunnelled(request, connect):
                await NewLoop(connection, Named(connection, Destination.Plain(connect.Host, connect.Port), null)).RunAsync();
                break;
            case ClientProtocol.Http1 or ClientProtocol.Other:
                await tunnel.OpenAsync(connection, connect.Host, connect.Port, answer: null, hello: null);
                break;
        }
    }

    /// <summary>Relays all that a client sends to a destination that was chosen for it, and what comes back.</summary>
    public Task RelayAsync(ProxyConnection connection, string host, int port) => tunnel.OpenAsync(connection, host, port, answer: null, hello: null);

    /// <summary>Decides what becomes of a client whose destination was chosen for it and whose ClientHello was read, and sees to it unless it is to be intercepted.</summary>
    /// <param name="connection">Stands before its ClientHello.</param>
    /// <param name="hello">What it says.</param>
    /// <param name="destination">Where a tunnel leads. What options say of hosts is only asked where the server speaks TLS: what is relayed would not be understood otherwise.</param>
    /// <returns>False when the connection was denied, or is relayed.</returns>
    public async ValueTask<bool> MayInterceptAsync(ProxyConnection connection, TlsClientHello hello, Destination destination)
    {
        var decision = await (destination.IsTls ? decisions.DecideAsync(hello) : decisions.AskAsync(hello));
        return await FollowAsync(connection, decision, hello, destination.Host, destination.Port);
    }

    private async ValueTask<bool> FollowAsync(ProxyConnection connection, ConnectDecision decision, TlsClientHello hello, string host, int port)
    {
        if (decision == ConnectDecision.Deny) await connection.TryWriteAsync(AccessDenied);
        else if (decision == ConnectDecision.Tunnel) await tunnel.OpenAsync(connection, host, port, answer: null, hello);
        return decision is not (ConnectDecision.Deny or ConnectDecision.Tunnel);
    }

    private async Task ServeTlsAsync(ProxyConnection connection, ConnectRequest request, ConnectFlow connect, ClientHelloContent content)
    {
        connection.Client.ServerName = content.ServerName;
        var hello = content.ToClientHello(connection.Client, request.Host, request.Port);
        if (!await FollowAsync(connection, await decisions.DecideAsync(connect, hello), hello, connect.Host, connect.Port)) return;
        if (!await interceptor.InterceptAsync(connection, request.Host, request.Port)) return;
        var destination = Named(connection, Destination.Tls(connect.Host, connect.Port, content.ServerName ?? request.Host), content.ServerName);
        if (connection.Client.ApplicationProtocol == "h2") await http2.ServeAsync(connection, destination);
        else await NewLoop(connection, destination).RunAsync();
    }

    /// <summary>Clients that only know an address say later what it is called: by SNI, or by the Host of each request. The address is dialled all the same.</summary>
    private static Destination Named(ProxyConnection connection, Destination destination, string? name)
    {
        if (connection.Client.Mode == ProxyMode.Regular || !IPAddress.TryParse(destination.Host, out _)) return destination;
        if (destination.IsTls) return name is null ? destination : destination with { Host = name.ToLowerInvariant(), Address = destination.Host };
        return destination with { Address = destination.Host, IsNamedByHost = true };
    }

    private Http1ClientLoop NewLoop(ProxyConnection connection, Destination destination) => new(connection, destination, pipeline, options);
}
