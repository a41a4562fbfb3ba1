using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

// Assert.Equivalent must not be used in this project: it keeps every assembly of the process that exists when it is first called.
public sealed class ReloadUnderLoadTests : IDisposable
{
    private const int Reloads = 1000;
    private const int Workers = 3;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ThousandReloads_LoseNoFlowMixNoVersionsAndLeaveNothingBehind()
    {
        await using var run = await ScriptRun.StartAsync(_folder.Write("mask.csx", Version(0)));
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, Workers).Select(_ => Task.Run(() => LoadAsync(run, stop.Token))).ToArray();

        for (var version = 1; version <= Reloads; version++)
        {
            _folder.Replace("mask.csx", Version(version));
            await run.PollAsync();
            Assert.Equal(version + 1, run.Scripts.Loaded[0].Generation);
        }

        await stop.CancelAsync();
        var results = await Task.WhenAll(load);

        Assert.Empty(run.Log.Errors);
        Assert.Equal(0, results.Sum(result => result.Failed));
        Assert.Equal(0, results.Sum(result => result.Mixed));
        Assert.True(results.Sum(result => result.Flows) > Reloads, $"Only {results.Sum(result => result.Flows)} flows ran.");
        Assert.True(results.Max(result => result.Versions) > Reloads / 10, $"No worker saw more than {results.Max(result => result.Versions)} versions.");

        await run.Generations.DisposeAsync();
        await Eventually.HoldsAfterCollectionAsync(
            () => run.Generations.Retiring == 0 && run.Generations.RetiredVersionsInMemory == 0,
            () => $"{run.Generations.RetiredVersionsInMemory} versions are still in memory.");
    }

    /// <summary>A script whose request hook marks the flow and whose response hook, after a pause now and then, checks the mark.</summary>
    private static string Version(int version) => $$"""
        record Mark(int Version);
        int flows = 0;
        void OnRequest(HttpFlow flow) => flow.Metadata["version"] = {{version}};
        async Task OnResponse(HttpFlow flow)
        {
            if (Interlocked.Increment(ref flows) % 100 == 0) await Task.Delay(3);
            if (flow.Metadata["version"] is not {{version}}) flow.Tags.Add("mixed");
            if (flows % 1000 == 1) flow.Metadata["json"] = JsonSerializer.Serialize(new Mark({{version}}));
        }
        """;

    private static async Task<(long Flows, long Failed, long Mixed, int Versions)> LoadAsync(ScriptRun run, CancellationToken stop)
    {
        var (flows, failed, mixed) = (0L, 0L, 0L);
        var versions = new HashSet<int>();
        while (!stop.IsCancellationRequested)
        {
            var flow = new TestFlow();
            try
            {
                using var lease = run.Generations.Lease();
                await lease.Generation.Request.RunAsync(flow);
                await lease.Generation.Response.RunAsync(flow);
                versions.Add((int)flow.Metadata["version"]!);
            }
            catch (Exception)
            {
                failed++;
            }

            if (flow.Tags.Count > 0) mixed++;
            flows++;
        }

        return (flows, failed, mixed, versions.Count);
    }
}
