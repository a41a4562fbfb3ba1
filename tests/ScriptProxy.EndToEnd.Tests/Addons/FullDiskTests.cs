using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>What the addons that write do when the disk is full, and when there is room again.</summary>
[Collection(ShippedAddons.Name)]
public sealed class FullDiskTests(AddonsFixture addons)
{
    [Fact]
    public async Task AuditLog_RefusesWhatItCannotRecord_AndLosesNothingThatPassed()
    {
        await using var run = await addons.StartWithSmallDiskAsync("  policy: {rules: [{name: all, action: allow}], audit: disk/audit.log, audit-allowed: true}");
        await File.WriteAllBytesAsync(run.OnSmallDisk("filler"), new byte[48 * 1024]);

        var statuses = await run.BurstAsync("/x?[1-120]");
        Assert.Equal([200, 503], statuses.Distinct());
        await run.Proxy.UntilLoggedAsync("policy.csx: the audit log audit.log cannot be written: ");
        Assert.Equal(statuses.Count(status => status == 200), (await WholeLinesAsync(run.OnSmallDisk("audit.log"))).Length);

        File.Delete(run.OnSmallDisk("filler"));
        Assert.All(await run.BurstAsync("/y?[1-10]"), status => Assert.Equal(200, status));
        Assert.Equal(statuses.Count(status => status == 200) + 10, (await WholeLinesAsync(run.OnSmallDisk("audit.log"))).Length);
        var verified = await new ClientProgram(Repository.Executable, "scriptproxy", run.Folder.FullName).RunAsync("audit", "verify", run.OnSmallDisk("audit.log"));
        Assert.True(verified.ExitCode == 0, verified.Output);
    }

    [Fact]
    public async Task AuditLog_LetsTrafficGoOn_WhereItMay()
    {
        await using var run = await addons.StartWithSmallDiskAsync("  policy: {rules: [{name: all, action: allow}], audit: disk/audit.log, audit-allowed: true, on-audit-failure: continue}");
        await File.WriteAllBytesAsync(run.OnSmallDisk("filler"), new byte[60 * 1024]);

        Assert.All(await run.BurstAsync("/x?[1-40]"), status => Assert.Equal(200, status));
        await run.Proxy.UntilLoggedAsync("policy.csx: the audit log audit.log cannot be written: ");
        await WholeLinesAsync(run.OnSmallDisk("audit.log"));
    }

    [Fact]
    public async Task AccessLog_HoldsUpNobody_AndGoesOnWithWholeLines()
    {
        await using var run = await addons.StartWithSmallDiskAsync("  access-log: {logs: [{file: disk/access.log, format: '%REQ(:PATH)% 0123456789 0123456789 0123456789 0123456789'}], queue: 50}");
        await File.WriteAllBytesAsync(run.OnSmallDisk("filler"), new byte[62 * 1024]);

        Assert.All(await run.BurstAsync("/x?[1-400]"), status => Assert.Equal(200, status));
        await run.Proxy.UntilLoggedAsync("entries are missing in ");
        File.Delete(run.OnSmallDisk("filler"));
        await run.GetAsync("/last");
        await run.Proxy.UntilAsync(() => File.ReadAllText(run.OnSmallDisk("access.log")).Contains("/last", StringComparison.Ordinal));

        var lines = await WholeLinesAsync(run.OnSmallDisk("access.log"));
        Assert.All(lines, line => Assert.Matches("^/(x[?][0-9]+|last)( 0123456789){4}$", line));
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Fact]
    public async Task GoModules_PassesOnWhatItCannotKeep()
    {
        var module = "module example.com/foo\n" + new string('\n', 100_000);
        await using var upstream = await TestOrigin.StartAsync(context => context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(context.Request.Path.Value!.Contains("small", StringComparison.Ordinal) ? "module example.com/small\n" : module)).AsTask());
        await using var run = await addons.StartWithSmallDiskAsync($"  go-modules: {{directory: disk, hosts: [goproxy.test], upstream: 'http://{upstream.HttpEndPoint}'}}");

        for (var i = 0; i < 2; i++) Assert.Equal(module, await run.GetAsync("http://goproxy.test/example.com/foo/@v/v1.0.0.mod"));
        Assert.Equal(2, upstream.RequestCount);
        await run.Proxy.UntilLoggedAsync("example.com/foo/@v/v1.0.0.mod is not kept: ");

        for (var i = 0; i < 2; i++) await run.GetAsync("http://goproxy.test/example.com/small/@v/v1.0.0.mod");
        Assert.Equal(3, upstream.RequestCount);
    }

    /// <summary>The lines of a file whose last line is whole too.</summary>
    private static async Task<string[]> WholeLinesAsync(string path)
    {
        var text = await File.ReadAllTextAsync(path);
        Assert.True(text.Length == 0 || text.EndsWith('\n'), text[^Math.Min(300, text.Length)..]);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
