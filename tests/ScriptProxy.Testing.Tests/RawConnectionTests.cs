namespace ScriptProxy.Testing.Tests;

public sealed class RawConnectionTests
{
    [Fact]
    public async Task BytesOfBothSides_ArriveUnchanged()
    {
        var all = new string([.. Enumerable.Range(0, 256).Select(value => (char)value)]);
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync(await connection.ReadExactlyAsync(256)));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        await client.SendAsync(all);

        Assert.Equal(all, await client.ReadToEndAsync());
        Assert.Equal(all, (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task Reads_TakeWhatTheyAskForAndLeaveTheRest()
    {
        await using var origin = RawOrigin.Start(connection => connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\nabcde--end--rest"));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        Assert.Equal("abc", await client.ReadExactlyAsync(3));
        Assert.Equal("de--end", await client.ReadUntilAsync("--end"));
        Assert.True(await client.HasMoreAsync());
        Assert.Equal("--rest", await client.ReadToEndAsync());
        Assert.False(await client.HasMoreAsync());
        Assert.EndsWith("--rest", client.ReceivedText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\ncontent-length:  5\r\n\r\nab\r\nc")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTRANSFER-ENCODING: gzip, chunked\r\n\r\n1\r\na\r\n000\r\nX-Trailer: 1\r\n\r\n")]
    public async Task Message_IsReadToItsEndAndNoFurther(string message)
    {
        var received = new TaskCompletionSource<string>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            received.SetResult(await connection.ReadMessageAsync());
            await connection.SendAsync(await connection.ReadExactlyAsync(4));
        });
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        // A byte at a time, and the start of the next message at once.
        foreach (var character in message) await client.SendAsync(character.ToString());
        await client.SendAsync("next");

        Assert.Equal(message, await received.Task);
        Assert.Equal("next", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task EndBeforeWhatWasAskedFor_ThrowsWithWhatCame()
    {
        await using var origin = RawOrigin.Start(connection => connection.SendAsync("HTTP/1.1 200 OK\r\n"));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        var exception = await Assert.ThrowsAsync<EndOfStreamException>(client.ReadHeadAsync);

        Assert.Contains("HTTP/1.1 200 OK", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_IsToldFromAnEnd()
    {
        await using var resetting = RawOrigin.Start(async connection =>
        {
            await connection.ReadExactlyAsync(1);
            connection.Reset();
        });
        await using var ending = RawOrigin.Start(connection => connection.ReadExactlyAsync(1));

        foreach (var (origin, isReset) in new[] { (resetting, true), (ending, false) })
        {
            await using var client = await RawClient.ConnectAsync(origin.EndPoint);
            await client.SendAsync("x");
            Assert.Equal(isReset, await client.IsResetAsync());
        }
    }

    [Fact]
    public async Task EndSending_LeavesTheOtherDirectionOpen()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync("got " + await connection.ReadToEndAsync()));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        await client.SendAsync("all");
        await client.EndSendingAsync();

        Assert.Equal("got all", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Tls_ShowsNamesProtocolsAndCertificates()
    {
        await using var origin = RawOrigin.Start(
            new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2", "http/1.1"] },
            async connection => await connection.SendAsync(await connection.ReadExactlyAsync(5)));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        await client.StartTlsAsync("origin.test", TestAuthority.SharedPemPath, "http/1.1", "h2");
        await client.SendAsync("hello");

        Assert.Equal("hello", await client.ReadToEndAsync());
        Assert.Equal("h2", client.ApplicationProtocol);
        Assert.Equal("CN=origin.test", client.RemoteCertificate?.Subject);
        var accepted = await origin.ConnectionAsync();
        Assert.Equal(("origin.test", "h2", "hello"), (accepted.ServerName, accepted.ApplicationProtocol, accepted.ReceivedText));
        Assert.Equal(client.TlsProtocol, accepted.TlsProtocol);
    }

    [Fact]
    public async Task TlsOfAnotherRoot_IsRefused()
    {
        using var other = TestAuthority.New("Other");
        using var certificate = other.Issue("origin.test");
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true, Certificate = certificate }, _ => throw new InvalidOperationException("not reached"));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => client.StartTlsAsync("origin.test", TestAuthority.SharedPemPath));
    }
}
