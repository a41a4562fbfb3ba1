using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>What the addons that write leave behind when the proxy is killed while they do.</summary>
[Collection(ShippedAddons.Name)]
public sealed class KilledProxyTests(AddonsFixture addons)
{
    private const string Policy = "  policy: {rules: [{name: all, action: allow}], audit: audit.log, audit-allowed: true}";

    [Fact]
    public async Task AuditLog_HoldsEverythingThatPassed()
    {
        await using var run = await addons.StartAsync(Policy);
        var burst = run.BurstAsync("/x?[1-2000]");
        await run.Proxy.UntilAsync(() => File.Exists(run.Folder.PathOf("audit.log")) && new FileInfo(run.Folder.PathOf("audit.log")).Length > 50_000);
        run.Proxy.Kill();
        var passed = (await burst).Count(status => status == 200);

        var lines = (await File.ReadAllTextAsync(run.Folder.PathOf("audit.log"))).Split('\n');
        Assert.InRange(passed, 1, lines.Length - 1);
        var verified = await VerifyAsync(run);
        Assert.True(lines[^1].Length == 0 ? verified.ExitCode == 0 : verified.Output.Contains("the last line was cut off", StringComparison.Ordinal), verified.Output);
    }

    [Fact]
    public async Task LineThatWasCutOff_IsNamed_AndRemovedAtTheNextStart()
    {
        await using var run = await addons.StartAsync(Policy);
        await run.BurstAsync("/x?[1-3]");
        run.Proxy.Kill();
        await run.Proxy.ExitAsync();
        var log = run.Folder.PathOf("audit.log");
        var whole = await File.ReadAllTextAsync(log);
        await File.AppendAllTextAsync(log, whole.Split('\n')[0][..100]);

        var cut = await VerifyAsync(run);
        Assert.Equal(1, cut.ExitCode);
        Assert.StartsWith("audit.log(4,1): error: the last line was cut off while it was written", cut.Output, StringComparison.Ordinal);

        await using var next = await run.RestartAsync();
        await next.BurstAsync("/x?4");
        Assert.StartsWith(whole, await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.Equal(0, (await VerifyAsync(run)).ExitCode);
        Assert.Contains(next.Proxy.Errors, line => line.Contains("the last line was cut off; it is removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AccessLog_BeginsBehindALineThatWasCutOff()
    {
        await using var run = await addons.StartAsync("  access-log: {logs: [{file: access.log, format: 'GET %REQ(:PATH)%'}]}", ("access.log", "GET /one\nGET /tw"));

        await run.GetAsync("/three");
        await run.StopAsync();

        Assert.Equal("GET /one\nGET /tw\nGET /three\n", await File.ReadAllTextAsync(run.Folder.PathOf("access.log")));
    }

    private static Task<ProgramRun> VerifyAsync(AddonRun run) => new ClientProgram(Repository.Executable, "scriptproxy", run.Folder.FullName).RunAsync("audit", "verify", "audit.log");
}
