using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Running;

public sealed class CachedStartTests : IDisposable
{
    private const string Compiler = "Microsoft.CodeAnalysis";

    private readonly TemporaryFolder _folder = new();

    public CachedStartTests()
    {
        _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) => flow.Request.Headers.Remove(\"X-Debug\");");
        _folder.Write("tag.cs", """
            #!/usr/bin/env -S scriptproxy -s
            #:package ScriptProxy.Abstractions@0.1.0
            #:include names.cs

            sealed class Tag : Addon
            {
                public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add(Names.Tag); return default; }
            }
            """);
        _folder.Write("names.cs", "static class Names { public const string Tag = \"x\"; }");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SecondStart_DoesNotLoadTheCompiler()
    {
        await using (var first = await StartAsync("--no-watch"))
        {
            Assert.Contains(Compiler, first.MappedFiles, StringComparison.Ordinal);
            await StopAsync(first);
        }

        await using var second = await StartAsync("--no-watch");

        Assert.Contains("libcoreclr", second.MappedFiles, StringComparison.Ordinal);
        Assert.DoesNotContain(Compiler, second.MappedFiles, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondStartThatWatches_LoadsTheCompilerBesideTraffic()
    {
        await using (var first = await StartAsync()) await StopAsync(first);

        await using var second = await StartAsync();

        await second.UntilAsync(() => second.MappedFiles.Contains(Compiler, StringComparison.Ordinal));
    }

    [Fact]
    public async Task KilledWhileItWritesTheCache_StartsAgain()
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _folder.Write("mask.csx", $"// {attempt}\nvoid OnRequest(HttpFlow flow) => flow.Request.Headers.Remove(\"X-Debug\");");
            var cache = _folder.PathOf(".cache/scriptproxy");
            await using (var killed = ProxyProcess.Start(_folder.FullName, "-s", "mask.csx", "-s", "tag.cs"))
            {
                var before = Newest(cache);
                while (Newest(cache) == before && !killed.HasExited) Thread.Yield();
                killed.Kill();
                await killed.ExitAsync();
            }

            await using var next = await StartAsync();
            Assert.Contains("Scripts: mask.csx, tag.cs", next.Errors);
        }
    }

    [Fact]
    public async Task WithoutCache_NothingIsKept()
    {
        await using (var first = await StartAsync("--no-cache")) await StopAsync(first);

        Assert.False(Directory.Exists(_folder.PathOf(".cache")));
    }

    [Fact]
    public async Task CacheThatOthersMayWriteTo_IsRefusedAndTheProxyRuns()
    {
        Directory.CreateDirectory(_folder.PathOf("shared"));
        File.SetUnixFileMode(_folder.PathOf("shared"), (UnixFileMode)0b111_111_111);

        await using var proxy = await StartAsync("--cache-dir", "shared");

        Assert.Single(proxy.Errors, line => line.Contains("compiled scripts are not kept", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_folder.PathOf("shared")));
    }

    private static string? Newest(string cache) => Directory.Exists(cache)
        ? new DirectoryInfo(cache).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc).Select(file => $"{file.Name} {file.LastWriteTimeUtc.Ticks}").FirstOrDefault()
        : null;

    private async Task<ProxyProcess> StartAsync(params string[] arguments)
    {
        var proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, ["-s", "mask.csx", "-s", "tag.cs", .. arguments]);
        await proxy.UntilLoggedAsync("Scripts: mask.csx, tag.cs");
        return proxy;
    }

    private static async Task StopAsync(ProxyProcess proxy)
    {
        proxy.Signal("TERM");
        Assert.Equal(0, await proxy.ExitAsync());
    }
}
