using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Failures;

/// <summary>Whatever fails at an origin: the client learns it by status and Proxy-Status, the flow by a named error, and no connection is left.</summary>
public sealed class FailureTests
{
    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var failure in Failure.All)
            {
                if (failure.Tls is not true) cases.Add(failure.Name, "http", "1.1");
                if (failure.Tls is false) continue;
                cases.Add(failure.Name, "https", "1.1");
                cases.Add(failure.Name, "https", "2.0");
            }

            return cases;
        }
    }

    public static TheoryData<string> EarlyOnes => [.. Failure.All.Where(failure => failure.IsEarly).Select(failure => failure.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Failure_IsTold_AndLeavesNothingOpen(string name, string scheme, string version)
    {
        var failure = Failure.All.Single(failure => failure.Name == name);
        await using var origin = failure.Start(scheme == "https");
        await using var proxy = await StartAsync(failure, origin, failure.Options);
        var authority = failure.IsProxyItself ? proxy.EndPoint.ToString() : origin.Authority;

        using var response = await proxy.CreateClient(Version.Parse(version)).GetAsync($"{scheme}://{authority}/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(failure.Status, (int)response.StatusCode);
        if (failure.BreaksBody) await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        else Assert.StartsWith($"scriptproxy; error={failure.Error}; details=", Assert.Single(response.Headers.GetValues("Proxy-Status")), StringComparison.Ordinal);

        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((failure.Error, failure.Status), (record.Error?.Type, record.StatusCode));
        Assert.NotEmpty(record.Error!.Message);
        await origin.EndedAsync();
    }

    [Theory]
    [MemberData(nameof(EarlyOnes))]
    public async Task TunnelThatCannotBeOpened_IsRefusedInTheSameWay(string name)
    {
        var failure = Failure.All.Single(failure => failure.Name == name);
        await using var origin = failure.Start(false);
        await using var proxy = await StartAsync(failure, origin, failure.Options with { Tunnel = true });
        await using var client = await proxy.ConnectAsync();
        var authority = failure.IsProxyItself ? proxy.EndPoint.ToString() : origin.Authority;
        if (!authority.Contains(':', StringComparison.Ordinal)) authority += ":443";

        await client.SendAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        var head = await client.ReadHeadAsync();

        Assert.StartsWith($"HTTP/1.1 {failure.Status} ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nProxy-Status: scriptproxy; error={failure.Error}; details=", head, StringComparison.Ordinal);
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal((failure.Error, failure.Status, TunnelOutcome.Failed), (record.Error?.Type, record.StatusCode, record.Tunnel!.Outcome));
    }

    private static Task<TestProxy> StartAsync(Failure failure, FailingOrigin origin, ProxyOptions options) => TestProxy.StartAsync(new TestProxyOptions
    {
        RawOrigins = origin.Origin is { } raw && !failure.IsUpstreamProxy ? [raw] : [],
        Proxy = failure.IsUpstreamProxy ? options with { Upstream = $"http://{origin.Origin!.EndPoint}" } : options,
    });
}
