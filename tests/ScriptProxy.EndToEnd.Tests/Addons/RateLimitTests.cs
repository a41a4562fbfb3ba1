using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class RateLimitTests(AddonsFixture addons)
{
    [Fact]
    public async Task OneTooMany_IsAnswered429()
    {
        await using var run = await addons.StartAsync("""
              rate-limit:
                rules:
                  - {filter: ~u /all, requests: 2, window: 3600, by: all}
                  - {filter: ~u /key, requests: 1, window: 3600, by: X-Api-Key}
                  - {filter: ~u /host, requests: 1, window: 3600, by: host}
            """);

        Assert.Equal("200 200 429", await run.StatusesAsync("/all", "/all", "/all"));
        Assert.Equal("200 200 429", $"{await KeyAsync("a")} {await KeyAsync("b")} {await KeyAsync("a")}");
        Assert.Equal("200 200 429", await run.StatusesAsync("/host", "http://other.test/host", "/host"));
        var answer = await run.CurlAsync("/all");
        Assert.Equal("Too many requests.\n", answer.Text);
        Assert.InRange(int.Parse(answer["Retry-After"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 1800);

        async Task<int> KeyAsync(string key) => (await run.CurlAsync("/key", "--header", $"X-Api-Key: {key}")).Status;
    }

    [Fact]
    public async Task Counts_SurviveAReload()
    {
        await using var run = await addons.StartAsync("  rate-limit: {rules: [{requests: 1, window: 3600}]}");
        Assert.Equal(200, (await run.CurlAsync("/a")).Status);

        run.Configure("  rate-limit: {rules: [{requests: 1, window: 3600, by: client, filter: ~all}]}");
        await run.Proxy.UntilLoggedAsync("Options changed for rate-limit.csx (generation 2");

        Assert.Equal(429, (await run.CurlAsync("/a")).Status);
    }
}
