using System.Net.Security;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Upstream;

/// <summary>What a TLS handshake that failed means for a flow.</summary>
internal static class HandshakeErrors
{
    /// <param name="trust">What the other side was verified with.</param>
    /// <param name="peer">The other side, for people.</param>
    /// <param name="tls">The stream that failed, not yet disposed.</param>
    /// <param name="exception">What it threw.</param>
    public static FlowError Of(UpstreamTrust trust, string peer, SslStream tls, Exception exception)
    {
        if (exception is OperationCanceledException) return FlowErrors.TlsTimeout(peer);
        if (trust.FailureOf(tls) is { } failure) return FlowErrors.Certificate(peer, failure + ".");
        if (TlsAlert.Of(exception) is { } alert) return FlowErrors.TlsAlert(peer, alert, FirstLine(exception));
        return FlowErrors.Tls(peer, exception is IOException ? "the connection was closed during the handshake." : FirstLine(exception));
    }

    private static string FirstLine(Exception exception)
    {
        var message = exception.InnerException?.Message ?? exception.Message;
        var end = message.IndexOfAny(['\r', '\n']);
        return end < 0 ? message : message[..end];
    }
}
