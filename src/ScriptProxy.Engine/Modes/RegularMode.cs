using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Modes;

/// <summary>
/// The ordinary forward proxy (RFC 9110 §7.3.2): clients send absolute URLs, or CONNECT and then whatever they like.
/// </summary>
internal sealed class RegularMode(FlowPipeline pipeline, ProtocolSwitch protocols, BasicAuthentication authentication, ProxyOptions options)
{
    /// <summary>Serves one client until it leaves.</summary>
    public async Task ServeAsync(ProxyConnection connection)
    {
        var request = await new Http1ClientLoop(connection, null, pipeline, options, authentication).RunAsync();
        if (request is not null) await protocols.ServeAsync(connection, request, new ConnectAnswer(connection, options));
    }
}
