using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Tunnels;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Answers CONNECT (RFC 9110 §9.3.6) and finds out what the client speaks inside: TLS to intercept, plain HTTP, or something that is
/// relayed unread.
/// </summary>
internal sealed class ConnectMode(
    Generations generations, TlsInterceptor interceptor, KestrelHttp2 http2, FlowPipeline pipeline, Tunnel tunnel, ProxyOptions options)
{
    private static readonly byte[] Established = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();
    private static readonly byte[] AccessDenied = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x31];

    public async Task ServeAsync(ProxyConnection connection, ConnectRequest request)
    {
        var connect = new ConnectFlow(connection.Client, request.Head, request.Host, request.Port);
        if (await DecideAsync(connect) is { } refusal)
        {
            using var buffer = new WireBuffer();
            await new Http1ClientExchange(connection, options).AnswerAsync(refusal, System.Net.HttpVersion.Version11, isHead: false, buffer);
            return;
        }

        if (connect.Decision == ConnectDecision.Tunnel || (connect.Decision == ConnectDecision.Default && options.Tunnel))
        {
            await tunnel.OpenAsync(connection, connect.Host, connect.Port, Established, hello: null);
            return;
        }

        if (!await TryWriteAsync(connection, Established)) return;
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        var (protocol, hello) = await ProtocolSniffer.SniffAsync(connection.Wire, options.ServerFirstTimeout);
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
            case ClientProtocol.Http1:
                await NewLoop(connection, Destination.Plain(connect.Host, connect.Port)).RunAsync();
                break;
            case ClientProtocol.Other:
                await tunnel.OpenAsync(connection, connect.Host, connect.Port, default, hello: null);
                break;
        }
    }

    private async ValueTask<FlowResponse?> DecideAsync(ConnectFlow connect)
    {
        using var lease = generations.Lease();
        if (lease.Generation.Connect.IsEmpty) return null;
        try
        {
            await lease.Generation.Connect.RunAsync(connect);
        }
        catch (AddonException exception)
        {
            return FlowResponse.Of(FlowErrors.From(exception)!);
        }

        if (connect.Decision != ConnectDecision.Deny) return null;
        return FlowResponse.Of(new FlowError("http_request_denied", connect.DenyStatusCode, connect.DenyReason!));
    }

    private async Task ServeTlsAsync(ProxyConnection connection, ConnectRequest request, ConnectFlow connect, ClientHelloContent content)
    {
        connection.Client.ServerName = content.ServerName;
        var hello = content.ToClientHello(connection.Client, request.Host, request.Port);
        var decision = await DecideAsync(hello);
        if (decision == ConnectDecision.Deny)
        {
            await TryWriteAsync(connection, AccessDenied);
            return;
        }

        if (decision == ConnectDecision.Tunnel)
        {
            await tunnel.OpenAsync(connection, connect.Host, connect.Port, default, hello);
            return;
        }

        if (!await interceptor.InterceptAsync(connection, request.Host, request.Port)) return;
        var destination = Destination.Tls(connect.Host, connect.Port, content.ServerName ?? request.Host);
        if (connection.Client.ApplicationProtocol == "h2") await http2.ServeAsync(connection, destination);
        else await NewLoop(connection, destination).RunAsync();
    }

    private async ValueTask<ConnectDecision> DecideAsync(TlsClientHello hello)
    {
        using var lease = generations.Lease();
        if (lease.Generation.ClientHello.IsEmpty) return ConnectDecision.Default;
        try
        {
            await lease.Generation.ClientHello.RunAsync(hello);
            return hello.Decision;
        }
        catch (AddonException)
        {
            // Already logged where it was caught; nothing may pass that an addon wanted to look at.
            return ConnectDecision.Deny;
        }
    }

    private Http1ClientLoop NewLoop(ProxyConnection connection, Destination destination) => new(connection, destination, pipeline, options);

    private static async ValueTask<bool> TryWriteAsync(ProxyConnection connection, byte[] bytes)
    {
        try
        {
            await connection.Wire.WriteAsync(bytes);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client left before it was answered.
            return false;
        }
    }
}
