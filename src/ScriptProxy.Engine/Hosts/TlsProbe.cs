using System.Net.Security;
using System.Security.Authentication;

namespace ScriptProxy.Engine.Hosts;

/// <summary>Finds out whether this machine can begin a handshake at all, by beginning one with nobody.</summary>
internal static class TlsProbe
{
    /// <summary>Why not a ClientHello can be made; null when one can.</summary>
    public static string? Problem(TlsLimits limits)
    {
        using var nobody = new Nobody();
        using var tls = new SslStream(nobody);
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = "probe.invalid", EnabledSslProtocols = limits.Protocols, CipherSuitesPolicy = limits.Ciphers });
            return null;
        }
        catch (IOException)
        {
            // The end of the stream, which comes after the ClientHello.
            return null;
        }
        catch (AuthenticationException exception)
        {
            return nobody.WasSpokenTo ? null : (exception.InnerException ?? exception).Message.TrimEnd('.');
        }
    }

    /// <summary>Takes everything, answers nothing.</summary>
    private sealed class Nobody : MemoryStream
    {
        public bool WasSpokenTo { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => WasSpokenTo = true;

        public override void Write(ReadOnlySpan<byte> buffer) => WasSpokenTo = true;
    }
}
