namespace ScriptProxy.Testing.Tests;

public sealed class RawClientTests
{
    [Fact]
    public async Task TunnelTls_AsksAndShakesHands()
    {
        // A proxy that is its own origin: after CONNECT it speaks TLS itself.
        using var certificate = TestAuthority.Shared.Issue("a.example");
        await using var proxy = RawOrigin.Start(async connection =>
        {
            Assert.Equal("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", await connection.ReadHeadAsync());
            await connection.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            await connection.StartTlsAsServerAsync(certificate.Certificate, ["http/1.1"]);
            await connection.SendAsync(await connection.ReadMessageAsync());
        });

        await using var client = await RawClient.TunnelTlsAsync(proxy.EndPoint, "a.example:443", TestAuthority.SharedPemPath, "http/1.1");
        await client.SendAsync("GET / HTTP/1.1\r\nx: 1\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nx: 1\r\n\r\n", await client.ReadToEndAsync());
        Assert.Equal("http/1.1", client.ApplicationProtocol);
    }

    [Fact]
    public async Task RefusedTunnel_ThrowsWithTheAnswer()
    {
        await using var proxy = RawOrigin.StartAnswering("HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\n");

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => RawClient.TunnelAsync(proxy.EndPoint, "a.example:443"));

        Assert.Equal("HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\n", exception.Message);
    }
}
