using System.Net.Security;
using System.Security.Authentication;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

/// <summary>A client that refuses every certificate but its own with an alert, as one does that pins it.</summary>
internal static class PinningClient
{
    private const byte UnknownAuthority = 48;

    /// <summary>Begins TLS 1.2 with a host through the proxy, and refuses what it is shown.</summary>
    public static async Task RefuseAsync(TestProxy proxy, string host)
    {
        await using var connection = await proxy.TunnelAsync($"{host}:443");
        await connection.SendAsync(await HelloAsync(host));
        await connection.ReadExactlyAsync(5);
        await connection.SendAsync(new byte[] { 21, 3, 3, 0, 2, 2, UnknownAuthority });
        await connection.ReadToEndAsync();
    }

    /// <summary>The first message that .NET sends to a host, here to one that hangs up.</summary>
    private static async Task<byte[]> HelloAsync(string host)
    {
        // What is read from a stream that was written to the end is its end.
        using var sent = new MemoryStream();
        await using var tls = new SslStream(sent);
        var options = new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = SslProtocols.Tls12 };
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(options));
        return sent.ToArray();
    }
}
