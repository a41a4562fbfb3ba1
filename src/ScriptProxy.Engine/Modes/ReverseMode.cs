using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// Stands in front of one server: clients speak to us as if we were it, over TLS or without, which is found out by their first bytes. All
/// their requests go to it.
/// </summary>
internal sealed class ReverseMode(
    ReverseTarget target, ListenerTls tls, ProtocolSwitch protocols, FlowPipeline pipeline, KestrelHttp2 http2, ProxyOptions options)
{
    private readonly Destination _destination = target.Destination with { Reverse = target };

    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        if (!await connection.WaitForFirstByteAsync(options.RequestHeadTimeout)) return;
        if (ListenerTls.IsTls(connection) && !await TryDecryptAsync(connection)) return;
        if (await SpeaksHttp2Async(connection)) await http2.ServeAsync(connection, _destination);
        else await new Http1ClientLoop(connection, _destination, pipeline, options).RunAsync();
    }

    /// <summary>Agreed on by ALPN in TLS; without, it is known beforehand, as with most gRPC (RFC 9113 §3.3).</summary>
    private ValueTask<bool> SpeaksHttp2Async(ProxyConnection connection) => connection.Client.ApplicationProtocol is { } agreed
        ? new(agreed == "h2")
        : options.NoHttp2 ? new(false) : ClientPreface.IsComingAsync(connection, options.RequestHeadTimeout);

    /// <returns>False when there is nothing to serve: the handshake failed, or the bytes are relayed as they are.</returns>
    private async ValueTask<bool> TryDecryptAsync(ProxyConnection connection)
    {
        if (await tls.ReadHelloAsync(connection) is not { } content) return false;
        var hello = content.ToClientHello(connection.Client, _destination.Host, _destination.Port);
        return await protocols.MayInterceptAsync(connection, hello, _destination) && await tls.AcceptAsync(connection, offerHttp2: true);
    }
}
