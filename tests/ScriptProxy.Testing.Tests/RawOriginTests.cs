namespace ScriptProxy.Testing.Tests;

public sealed class RawOriginTests
{
    [Fact]
    public async Task Answering_ServesOneConnectionManyTimes()
    {
        await using var origin = RawOrigin.StartAnswering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var client = new HttpClient();

        Assert.Equal("ok", await client.GetStringAsync($"http://{origin.EndPoint}/1"));
        Assert.Equal("ok", await client.GetStringAsync($"http://{origin.EndPoint}/2"));

        var connection = Assert.Single(origin.Connections);
        Assert.StartsWith("GET /1 HTTP/1.1\r\n", connection.ReceivedText, StringComparison.Ordinal);
        Assert.Contains("GET /2 HTTP/1.1\r\n", connection.ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dialogue_CanWaitForTheTest()
    {
        var go = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("before ");
            await go.Task;
            await connection.SendAsync("after");
        });
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        Assert.Equal("before ", await client.ReadExactlyAsync(7));
        go.SetResult();
        Assert.Equal("after", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task AnswerWithoutReading_IsNotLostToAReset()
    {
        await using var origin = RawOrigin.Start(connection => connection.SendAsync("HTTP/1.1 413 Too Large\r\n\r\n"));
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);

        await client.SendAsync(new string('x', 100_000));

        Assert.Equal("HTTP/1.1 413 Too Large\r\n\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task FailedDialogue_IsThrownWhenDisposed()
    {
        var origin = RawOrigin.Start(_ => throw new InvalidOperationException("wrong request"));
        await using (var client = await RawClient.ConnectAsync(origin.EndPoint))
        {
            Assert.Equal("", await client.ReadToEndAsync());
        }

        var exception = await Assert.ThrowsAsync<AggregateException>(async () => await origin.DisposeAsync());
        Assert.Equal("wrong request", Assert.Single(exception.InnerExceptions).Message);
    }

    [Fact]
    public async Task ClientThatLeaves_IsNoFailure()
    {
        await using var origin = RawOrigin.Start(connection => connection.ReadHeadAsync());
        var client = await RawClient.ConnectAsync(origin.EndPoint);
        await client.SendAsync("GET");
        await origin.ConnectionAsync();

        client.Reset();
    }

    [Fact]
    public async Task Dispose_ResetsWhatIsStillOpen()
    {
        var origin = RawOrigin.Start(async connection => await connection.ReadHeadAsync());
        await using var client = await RawClient.ConnectAsync(origin.EndPoint);
        await origin.ConnectionAsync();

        await origin.DisposeAsync();

        Assert.True(await client.IsResetAsync());
    }
}
