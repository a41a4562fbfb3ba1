using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Modes;

/// <summary>The answer to a SOCKS request (RFC 1928 §6): one byte says what happened. The address it reports is all zeros: there is no one address behind us.</summary>
internal sealed class SocksAnswer(ProxyConnection connection) : TunnelAnswer
{
    public override ValueTask<bool> TryAcceptAsync() => SendAsync(SocksReply.Succeeded);

    public override async ValueTask RefuseAsync(FlowError error) => await RefuseAsync(ReplyTo(error));

    /// <summary>Says what is wrong with the request itself.</summary>
    public async ValueTask RefuseAsync(SocksReply reply)
    {
        if (await SendAsync(reply)) await connection.Wire.StopSendingAsync();
    }

    /// <summary>What a failure is in the words of SOCKS, which has few.</summary>
    public static SocksReply ReplyTo(FlowError error) => error.Type switch
    {
        "connection_refused" => SocksReply.ConnectionRefused,
        "http_request_denied" or "proxy_loop_detected" or "destination_ip_prohibited" => SocksReply.NotAllowed,
        "dns_error" or "dns_timeout" or "destination_unavailable" or "connection_timeout" => SocksReply.HostUnreachable,
        "destination_ip_unroutable" => SocksReply.NetworkUnreachable,
        _ => SocksReply.GeneralFailure,
    };

    private ValueTask<bool> SendAsync(SocksReply reply) => connection.TryWriteAsync(new byte[] { 5, (byte)reply, 0, 1, 0, 0, 0, 0, 0, 0 });
}
