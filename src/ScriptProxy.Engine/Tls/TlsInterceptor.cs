using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tls;

/// <summary>Ends a client's TLS with a leaf certificate made for the name it asked for. Thread-safe.</summary>
/// <param name="root">Loaded when first needed: with --tunnel there may be no root certificate, and none is made until an addon intercepts.</param>
/// <param name="clientTls">What is asked of clients.</param>
/// <param name="advice">What to do about clients that do not accept our certificate.</param>
/// <param name="generations">The addons that are told of failures.</param>
/// <param name="learned">Is told who accepts our certificate and who does not; null without --auto-tunnel.</param>
/// <param name="options">Timeouts.</param>
/// <param name="logger">Is told of failures.</param>
internal sealed partial class TlsInterceptor(
    RootInForce root, ClientTls clientTls, RejectionAdvice advice, Generations generations, LearnedTunnels? learned, ProxyOptions options,
    ILogger<TlsInterceptor> logger)
{
    // Who hangs up later than this had no use for the connection; who rejects us does so at once.
    private static readonly TimeSpan RejectsWithin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Shakes hands and waits for the client's first bytes, which stay buffered: only they tell that it accepts our certificate. The connection is then
    /// read and written in clear.
    /// </summary>
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
            var shown = await (choose is null ? root.Leafs.GetAsync(serverName, connection.Client.RemoteEndPoint.Address) : choose());
            await tls.AuthenticateAsServerAsync(clientTls.For(shown, serverName, host, port));
        }
        catch (RootCertificateException exception)
        {
            // Started with --tunnel, so that it was not looked at before: an addon wants to intercept.
            await tls.DisposeAsync();
            Log.NoRoot(logger, serverName, exception.Message);
            return false;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or ObjectDisposedException or InvalidHostNameException)
        {
            await tls.DisposeAsync();
            await FailedAsync(connection, host, port, exception, clientTls.FailureOf(tls), TlsAlert.IsCut(exception) && transport.HasWritten, isOurs: choose is null);
            return false;
        }

        connection.Disarm();
        connection.UseTls(tls, transport);
        connection.Client.TlsProtocol = tls.SslProtocol;
        if (tls.RemoteCertificate is { } certificate) connection.Client.Certificate = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        connection.Client.ApplicationProtocol = tls.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : tls.NegotiatedApplicationProtocol.ToString();
        return await IsAcceptedAsync(connection, host, port, isOurs: choose is null);
    }

    /// <summary>
    /// Waits for the client to send something. In TLS 1.3 our part of the handshake may be over before the client has looked at our certificate, and some
    /// programs look at it only then in any version: an alert, or an end without a word, is their answer.
    /// </summary>
    private async ValueTask<bool> IsAcceptedAsync(ProxyConnection connection, string host, int port, bool isOurs)
    {
        var finished = Environment.TickCount64;
        Exception? broken = null;
        connection.BecomeIdle(connection.Client.ApplicationProtocol == "h2" ? options.ClientIdleTimeout : options.RequestHeadTimeout);
        try
        {
            if (await connection.Wire.FillAsync() > 0)
            {
                if (isOurs) learned?.Accepted(connection.Client, host, connection.Client.ServerName);
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            broken = exception;
        }
        finally
        {
            connection.BecomeBusy();
            connection.Disarm();
        }

        var alert = broken is null ? null : TlsAlert.Of(broken);
        var isEndedByUs = connection.Expired != DeadlineKind.None || connection.IsDraining;
        if (alert is null && (isEndedByUs || Environment.TickCount64 - finished > RejectsWithin.TotalMilliseconds)) return false;
        await FailedAsync(connection, host, port, broken, refused: null, wasCut: alert is null, isOurs);
        return false;
    }

    /// <param name="connection">The client's.</param>
    /// <param name="host">Where it asked to go.</param>
    /// <param name="port">Where it asked to go.</param>
    /// <param name="exception">What ended it; null when the client hung up after the handshake.</param>
    /// <param name="refused">Why we did not accept the client; null when it was the client who ended it.</param>
    /// <param name="wasCut">Whether the client ended it without a word.</param>
    /// <param name="isOurs">Whether it was shown a certificate made for the host.</param>
    private async ValueTask FailedAsync(ProxyConnection connection, string host, int port, Exception? exception, string? refused, bool wasCut, bool isOurs)
    {
        var name = connection.Client.ServerName ?? host;
        var alert = exception is null ? null : TlsAlert.Of(exception);
        var reason = refused ?? (exception is null ? "the connection was closed after the handshake, before a request" : TlsAlert.Describe(exception));
        var failure = new TlsFailure(TlsSide.Client, connection.Client, host, port, reason)
        {
            ServerName = connection.Client.ServerName,
            Alert = alert,
            WasCut = wasCut && connection.Expired == DeadlineKind.None,
        };
        if (refused is null) Log.HandshakeFailed(logger, connection.Client.RemoteEndPoint, name, reason, advice.For(alert, name));
        else Log.ClientRefused(logger, connection.Client.RemoteEndPoint, name, reason);
        if (isOurs && refused is null) learned?.Rejected(failure);
        await TellAsync(failure);
    }

    private async ValueTask TellAsync(TlsFailure failure)
    {
        using var lease = generations.Lease();
        if (!lease.Generation.TlsFailed.IsEmpty) await lease.Generation.TlsFailed.RunAsync(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Client} did not complete TLS for {Host}: {Reason} ({Advice})")]
        public static partial void HandshakeFailed(ILogger logger, System.Net.IPEndPoint client, string host, string reason, string advice);

        [LoggerMessage(2, LogLevel.Information, "{Client} was refused in TLS for {Host}: {Reason}")]
        public static partial void ClientRefused(ILogger logger, System.Net.IPEndPoint client, string host, string reason);

        [LoggerMessage(3, LogLevel.Error, "An addon wants to intercept {Host}, but the proxy was started to relay everything, and its root certificate cannot be had: {Problem}")]
        public static partial void NoRoot(ILogger logger, string host, string problem);
    }
}
