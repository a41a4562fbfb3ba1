using System.Net;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Modes;

/// <summary>The answer to a CONNECT (RFC 9110 §9.3.6).</summary>
internal sealed class ConnectAnswer(ProxyConnection connection, ProxyOptions options) : TunnelAnswer
{
    private static readonly byte[] Established = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();

    public override ValueTask<bool> TryAcceptAsync() => connection.TryWriteAsync(Established);

    public override async ValueTask RefuseAsync(FlowError error)
    {
        using var buffer = new WireBuffer();
        await new Http1ClientExchange(connection, options).AnswerAsync(FlowResponse.Of(error), HttpVersion.Version11, isHead: false, buffer);
    }
}
