using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// The ordinary forward proxy (RFC 9110 §7.3.2): clients send absolute URLs, or CONNECT and then whatever they like. All of it may come over TLS
/// with the proxy itself.
/// </summary>
internal sealed class RegularMode(FlowPipeline pipeline, ProtocolSwitch protocols, ListenerTls tls, BasicAuthentication authentication, ProxyOptions options)
{
    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        if (!await connection.WaitForFirstByteAsync(options.RequestHeadTimeout)) return;
        if (ListenerTls.IsTls(connection) && !(await tls.ReadHelloAsync(connection) is not null && await tls.AcceptAsync(connection, offerHttp2: false))) return;
        var request = await new Http1ClientLoop(connection, null, pipeline, options, authentication).RunAsync();
        if (request is not null) await protocols.ServeAsync(connection, request, new ConnectAnswer(connection, options));
    }
}
