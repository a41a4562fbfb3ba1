using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class FaultTests(AddonsFixture addons)
{
    [Fact]
    public async Task Rules_AnswerHangUpAndDelay()
    {
        await using var run = await addons.StartAsync("""
              fault:
                rules:
                  - {filter: ~u /status, status: 503, body: "out of luck\n"}
                  - {filter: ~u /abort, abort: true}
                  - {filter: ~u /delay, delay: 3600}
                  - {filter: ~u /never, percent: 0, status: 500}
              access-log: {logs: [{file: access.log, format: '%URL% %RESPONSE_FLAGS% %TAGS%'}]}
            """);

        var answer = await run.CurlAsync("/status");
        Assert.Equal((503, "out of luck\n"), (answer.Status, answer.Text));
        Assert.True((await run.CurlAsync("/abort")).IsHungUp);
        Assert.Equal(28, (await run.CurlAsync("/delay", "--max-time", "0.5")).ExitCode);
        await run.GetAsync("/never");

        await run.StopAsync();
        var log = await File.ReadAllLinesAsync(run.Folder.PathOf("access.log"));
        Assert.Contains("http://origin.test/status FI fault", log);
        Assert.Contains("http://origin.test/never - -", log);
    }

    [Fact]
    public async Task Seed_MakesTheSameRequestsFail()
    {
        List<string> runs = [];
        for (var i = 0; i < 2; i++)
        {
            await using var run = await addons.StartAsync("  fault: {seed: 7, rules: [{percent: 50, status: 500}]}");
            runs.Add(await run.StatusesAsync([.. Enumerable.Repeat("/x", 8)]));
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.Contains("200", runs[0], StringComparison.Ordinal);
        Assert.Contains("500", runs[0], StringComparison.Ordinal);
    }
}
