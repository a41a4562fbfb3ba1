using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tls;

/// <summary>Ends a client's TLS with a leaf certificate made for the name it asked for. Thread-safe.</summary>
internal sealed partial class TlsInterceptor(LeafCertificates leafCertificates, TimeSpan handshakeTimeout, ILogger<TlsInterceptor> logger)
{
    /// <summary>Shakes hands; the connection is then read and written in clear.</summary>
    /// <param name="connection">Stands before its ClientHello, which is buffered.</param>
    /// <param name="serverName">The name to show a certificate for: SNI, else the host the client asked for.</param>
    /// <returns>Whether the client accepted; the connection is of no use otherwise.</returns>
    public async Task<bool> InterceptAsync(ProxyConnection connection, string serverName)
    {
        var wire = connection.Wire;
        var peeked = wire.Buffered.ToArray();
        wire.Consume(peeked.Length);
        wire.ReleaseBuffer();
        connection.Arm(DeadlineKind.Handshake, handshakeTimeout);
        var transport = new TlsTransport(wire.Stream, peeked);
        var tls = new SslStream(transport, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsServerAsync(await leafCertificates.GetAsync(serverName));
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or ObjectDisposedException or InvalidHostNameException)
        {
            await tls.DisposeAsync();
            Log.HandshakeFailed(logger, connection.Client.RemoteEndPoint, serverName, exception.InnerException?.Message ?? exception.Message);
            return false;
        }

        connection.Disarm();
        connection.UseTls(tls, transport);
        connection.Client.TlsProtocol = tls.SslProtocol;
        connection.Client.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Client} did not complete TLS for {Host}: {Reason} (does it trust the root certificate?)")]
        public static partial void HandshakeFailed(ILogger logger, System.Net.IPEndPoint client, string host, string reason);
    }
}
