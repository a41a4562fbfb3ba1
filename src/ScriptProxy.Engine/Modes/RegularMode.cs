using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// The ordinary forward proxy (RFC 9110 §7.3.2): clients send absolute URLs, or CONNECT and then whatever they like. All of it may come over TLS
/// with the proxy itself, and over HTTP/2.
/// </summary>
internal sealed class RegularMode(
    FlowPipeline pipeline, ProtocolSwitch protocols, ListenerTls tls, BasicAuthentication authentication, KestrelHttp2 http2, ProxyOptions options)
{
    private readonly ViaField? _via = ViaField.Of(options);
    private readonly Http2Forwarding _forwarding = new(protocols, authentication, ViaField.Of(options));

    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        if (!await connection.WaitForFirstByteAsync(options.RequestHeadTimeout)) return;
        if (ListenerTls.IsTls(connection) && !(await tls.ReadHelloAsync(connection) is not null && await tls.AcceptAsync(connection, offerHttp2: true))) return;
        if (!options.NoHttp2 && await ClientPreface.IsComingAsync(connection, options.RequestHeadTimeout))
        {
            await http2.ServeAsync(connection, _forwarding);
            return;
        }

        var request = await new Http1ClientLoop(connection, null, pipeline, options, authentication).RunAsync();
        if (request is null) return;
        var answer = new ConnectAnswer(connection, options);
        if (_via?.LoopOf(request.Head) is { } loop)
        {
            await answer.RefuseAsync(loop);
            return;
        }

        connection.Via = _via?.Continue(request.Head);
        await protocols.ServeAsync(connection, request, answer);
    }
}
