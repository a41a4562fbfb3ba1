using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class ThrottleTests(AddonsFixture addons)
{
    [Fact]
    public async Task Rules_SlowDownAndLose()
    {
        await using var run = await addons.StartAsync("""
              throttle:
                rules:
                  - {filter: ~u /lost, loss: 100}
                  - {filter: ~u /late, latency: 3600}
                  - {filter: ~u /crawl, upload: 1}
                  - {filter: ~u /say & ~u crawl, download: 1}
                  - {download: 200k, upload: 200k, latency: 0.01, jitter: 0.01}
            """);
        var body = new string('x', 5_000);

        Assert.True((await run.CurlAsync("/lost")).IsHungUp);
        Assert.Equal(28, (await run.CurlAsync("/late", "--max-time", "0.5")).ExitCode);
        Assert.Equal(28, (await run.CurlAsync("/crawl", "--max-time", "0.5", "--data", body)).ExitCode);
        var slow = await run.CurlAsync(SayingOrigin.Say("crawl" + body), "--max-time", "0.5");
        Assert.Equal((28, 200), (slow.ExitCode, slow.Status));
        Assert.InRange(slow.Body.Length, 0, 100);
        Assert.EndsWith("\n\n" + body, await run.GetAsync("/x", "--data", body), StringComparison.Ordinal);
        Assert.Equal(body, await run.GetAsync("https://origin.test" + SayingOrigin.Say(body), "--http2"));
    }
}
