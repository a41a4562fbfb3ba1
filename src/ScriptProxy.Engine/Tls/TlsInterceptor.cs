using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tls;

/// <summary>Ends a client's TLS with a leaf certificate made for the name it asked for. Thread-safe.</summary>
internal sealed partial class TlsInterceptor(LeafCertificates leafCertificates, ClientTls clientTls, Generations generations, ProxyOptions options, ILogger<TlsInterceptor> logger)
{
    /// <summary>Shakes hands; the connection is then read and written in clear.</summary>
    /// <param name="connection">Stands before its ClientHello, which is buffered.</param>
    /// <param name="host">Where the client asked to go.</param>
    /// <param name="port">Where the client asked to go.</param>
    /// <param name="choose">What to shake hands with; null for a leaf certificate.</param>
    /// <returns>Whether the client accepted; the connection is of no use otherwise.</returns>
    public async Task<bool> InterceptAsync(ProxyConnection connection, string host, int port, Func<ValueTask<SslServerAuthenticationOptions>>? choose = null)
    {
        var serverName = connection.Client.ServerName ?? host;
        var wire = connection.Wire;
        var peeked = wire.Buffered.ToArray();
        wire.Consume(peeked.Length);
        wire.ReleaseBuffer();
        connection.Arm(DeadlineKind.Handshake, options.HandshakeTimeout);
        var transport = new TlsTransport(wire.Stream, peeked);
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        try
        {
            var shown = await (choose is null ? leafCertificates.GetAsync(serverName, connection.Client.RemoteEndPoint.Address) : choose());
            await tls.AuthenticateAsServerAsync(clientTls.For(shown, serverName, host, port));
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or ObjectDisposedException or InvalidHostNameException)
        {
            await tls.DisposeAsync();
            await FailedAsync(connection, host, port, exception, clientTls.FailureOf(tls));
            return false;
        }

        connection.Disarm();
        connection.UseTls(tls, transport);
        connection.Client.TlsProtocol = tls.SslProtocol;
        if (tls.RemoteCertificate is { } certificate) connection.Client.Certificate = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        connection.Client.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        return true;
    }

    private async ValueTask FailedAsync(ProxyConnection connection, string host, int port, Exception exception, string? refused)
    {
        var reason = refused ?? TlsAlert.Describe(exception);
        if (refused is null) Log.HandshakeFailed(logger, connection.Client.RemoteEndPoint, connection.Client.ServerName ?? host, reason);
        else Log.ClientRefused(logger, connection.Client.RemoteEndPoint, connection.Client.ServerName ?? host, reason);
        await TellAsync(new TlsFailure(TlsSide.Client, connection.Client, host, port, reason)
        {
            ServerName = connection.Client.ServerName,
            Alert = TlsAlert.Of(exception),
            WasCut = TlsAlert.IsCut(exception) && connection.Expired == DeadlineKind.None,
        });
    }

    private async ValueTask TellAsync(TlsFailure failure)
    {
        using var lease = generations.Lease();
        if (!lease.Generation.TlsFailed.IsEmpty) await lease.Generation.TlsFailed.RunAsync(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Client} did not complete TLS for {Host}: {Reason} (does it trust the root certificate?)")]
        public static partial void HandshakeFailed(ILogger logger, System.Net.IPEndPoint client, string host, string reason);

        [LoggerMessage(2, LogLevel.Information, "{Client} was refused in TLS for {Host}: {Reason}")]
        public static partial void ClientRefused(ILogger logger, System.Net.IPEndPoint client, string host, string reason);
    }
}
