using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Bodies of many TLS records: they travel several records at a time, and none waits for the next.</summary>
public sealed class LargeTlsBodyTests
{
    private const int Length = 1_000_000;

    // Below, at and above the sizes at which records and buffers end.
    public static TheoryData<int> Firsts => [1, 16_383, 16_384, 16_385, 32_768, 49_152, 49_153, 65_536, 100_000];

    [Theory]
    [MemberData(nameof(Firsts))]
    public async Task OriginPauses_WhatItSentIsThere(int first)
    {
        var body = Body();
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n{body[..first]}");
            await mayGoOn.Task;
            await connection.SendAsync(body[first..]);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelTlsAsync("origin.test:443");

        await client.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        await client.ReadHeadAsync();
        Assert.Equal(body[..first], await client.ReadExactlyAsync(first));
        mayGoOn.SetResult();

        Assert.Equal(body[first..], await client.ReadExactlyAsync(Length - first));
    }

    [Theory]
    [MemberData(nameof(Firsts))]
    public async Task ClientPauses_WhatItSentIsThere(int first)
    {
        var body = Body();
        var hasFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = RawOrigin.Start(new RawOriginOptions { Tls = true }, async connection =>
        {
            await connection.ReadHeadAsync();
            Assert.Equal(body[..first], await connection.ReadExactlyAsync(first));
            hasFirst.SetResult();
            Assert.Equal(body[first..], await connection.ReadExactlyAsync(Length - first));
            await connection.SendAsync(WireCase.Ok);
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.TunnelTlsAsync("origin.test:443");

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: origin.test\r\nContent-Length: {Length}\r\n\r\n{body[..first]}");
        await hasFirst.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.SendAsync(body[first..]);

        Assert.StartsWith("HTTP/1.1 200", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    private static string Body() => string.Create(Length, 0, static (text, _) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + (i * 7 + i / 251) % 26);
    });
}
