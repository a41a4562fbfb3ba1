using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>The shipped go-modules addon between the real go command and an upstream that keeps count.</summary>
public sealed class GoModulesTests : IAsyncLifetime
{
    private const string Module = "example.com/Foo/bar@v1.0.0";
    private const string GoMod = "module client\n\ngo 1.19\n";

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly byte[] _zip = Zip(100);
    private Func<HttpContext, Task>? _zipAnswer;
    private TestOrigin? _upstream;
    private ProxyProcess? _proxy;
    private int _runs;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
        if (_upstream is not null) await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Module_IsFetchedOnce_AndStillThereWhenTheUpstreamIsNot()
    {
        await StartAsync();

        (await GoAsync("mod", "download", "-json", "example.com/Foo/bar@v1.0.0")).Succeeded();
        Assert.Equal(["/example.com/!foo/bar/@v/v1.0.0.info", "/example.com/!foo/bar/@v/v1.0.0.mod", "/example.com/!foo/bar/@v/v1.0.0.zip"], _asked.Order(StringComparer.Ordinal));

        (await GoAsync("mod", "download", "-json", "example.com/Foo/bar@v1.0.0")).Succeeded();
        Assert.Equal(3, _asked.Count);

        Assert.Equal("example.com/Foo/bar v1.0.0", (await GoAsync("list", "-m", "-versions", "example.com/Foo/bar")).Succeeded().Output.Trim());
        await _upstream!.DisposeAsync();
        (await GoAsync("mod", "download", "-json", "example.com/Foo/bar@v1.0.0")).Succeeded();
        Assert.Equal("example.com/Foo/bar v1.0.0", (await GoAsync("list", "-m", "-versions", "example.com/Foo/bar")).Succeeded().Output.Trim());
    }

    [Fact]
    public async Task DeniedModule_StopsTheGoCommand()
    {
        await StartAsync("--set", "go-modules.deny=example.com/Foo/*");

        var run = await GoAsync("mod", "download", "example.com/Foo/bar@v1.0.0");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("403", run.Errors, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task ManyAtOnce_AskTheUpstreamOnce()
    {
        var everyoneAsks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _zipAnswer = async context =>
        {
            await everyoneAsks.Task.WaitAsync(Eventually.Patience);
            await SendZipAsync(context);
        };
        await StartAsync();

        var runs = Enumerable.Range(0, 20).Select(_ => GoAsync("mod", "download", Module)).ToList();
        await _proxy!.UntilAsync(() => _asked.Any(path => path.EndsWith(".zip", StringComparison.Ordinal)));
        everyoneAsks.SetResult();

        foreach (var run in await Task.WhenAll(runs)) run.Succeeded();
        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public async Task ReverseProxy_IsAGoProxy()
    {
        _upstream = await TestOrigin.StartAsync(AnswerAsync);
        _proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName, "--mode", $"reverse:http://{_upstream.HttpEndPoint}", "--set", $"go-modules.directory={_folder.PathOf("cache")}", "--set", "go-modules.hosts=127.0.0.1");
        _folder.Write("client/go.mod", GoMod);

        (await GoByAsync(null, _proxy.Url, "mod", "download", Module)).Succeeded();
        (await GoByAsync(null, _proxy.Url, "mod", "download", Module)).Succeeded();

        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public async Task Offline_AnswersFromTheCacheAlone()
    {
        await StartAsync();
        (await GoAsync("mod", "download", Module)).Succeeded();
        await _proxy!.DisposeAsync();
        await _upstream!.DisposeAsync();
        await StartProxyAsync("--set", "go-modules.offline");

        (await GoAsync("mod", "download", "example.com/Foo/bar@latest")).Succeeded();
        var missing = await GoAsync("mod", "download", "example.com/Foo/bar@v1.1.0");
        Assert.NotEqual(0, missing.ExitCode);
        Assert.Contains("the proxy is offline and has not cached it", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedZip_IsNotKept()
    {
        _zipAnswer = context => context.Response.WriteAsync("no zip");
        await StartAsync();
        Assert.NotEqual(0, (await GoAsync("mod", "download", Module)).ExitCode);
        await _proxy!.UntilLoggedAsync("example.com/!foo/bar/@v/v1.0.0.zip is not kept: it is damaged");

        _zipAnswer = null;
        (await GoAsync("mod", "download", Module)).Succeeded();
    }

    [Fact]
    public async Task ProxyKilledWhileItWrites_ServesNoTornFile()
    {
        var halfSent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _zipAnswer = async context =>
        {
            context.Response.ContentLength = _zip.Length;
            await context.Response.Body.WriteAsync(_zip.AsMemory(0, _zip.Length / 2));
            await context.Response.Body.FlushAsync();
            halfSent.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await StartAsync();
        var download = GoAsync("mod", "download", Module);
        await halfSent.Task.WaitAsync(Eventually.Patience);
        await _proxy!.UntilAsync(() => Directory.Exists(Incomplete) && Directory.GetFiles(Incomplete).Any(file => new FileInfo(file).Length > 0));
        _proxy!.Kill();
        Assert.NotEqual(0, (await download).ExitCode);
        await _proxy.DisposeAsync();
        Assert.Empty(Directory.GetFiles(_folder.PathOf("cache/cache/download"), "*.zip", SearchOption.AllDirectories));

        // What nobody writes any more goes at the start after the next hour.
        foreach (var file in Directory.GetFiles(Incomplete)) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        _zipAnswer = null;
        await StartProxyAsync();
        (await GoAsync("mod", "download", Module)).Succeeded();
        Assert.Equal(_zip, await File.ReadAllBytesAsync(_folder.PathOf("cache/cache/download/example.com/!foo/bar/@v/v1.0.0.zip")));
        Assert.Empty(Directory.GetFiles(Incomplete));
    }

    private string Incomplete => _folder.PathOf("cache/cache/incomplete");

    private async Task StartAsync(params string[] arguments)
    {
        _upstream = await TestOrigin.StartAsync(AnswerAsync);
        _folder.Write("client/go.mod", GoMod);
        await StartProxyAsync(arguments);
    }

    private async Task StartProxyAsync(params string[] arguments) => _proxy = await ProxyProcess.StartListeningAsync(
        _folder.FullName,
        ["--set", $"go-modules.directory={_folder.PathOf("cache")}", "--set", "go-modules.hosts=goproxy.test", "--set", $"go-modules.upstream=http://{_upstream!.HttpEndPoint}", "--set", "go-modules.ttl=0", .. arguments]);

    private Task SendZipAsync(HttpContext context)
    {
        context.Response.ContentLength = _zip.Length;
        return context.Response.Body.WriteAsync(_zip).AsTask();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (!path.EndsWith("/list", StringComparison.Ordinal)) _asked.Enqueue(path);
        switch (path["/example.com/!foo/bar/@v/".Length..])
        {
            case "list":
                return context.Response.WriteAsync("v1.0.0\n");
            case "v1.0.0.info":
                return context.Response.WriteAsync("{\"Version\":\"v1.0.0\",\"Time\":\"2020-01-01T00:00:00Z\"}");
            case "v1.0.0.mod":
                return context.Response.WriteAsync("module example.com/Foo/bar\n");
            case "v1.0.0.zip":
                return _zipAnswer?.Invoke(context) ?? SendZipAsync(context);
            default:
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
        }
    }

    /// <summary>A module with a large file that no compression makes smaller.</summary>
    private static byte[] Zip(int kilobytes)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var large = zip.CreateEntry("example.com/Foo/bar@v1.0.0/large", CompressionLevel.NoCompression).Open()) large.Write(new byte[kilobytes * 1024]);
            foreach (var (name, text) in ((string, string)[])[("go.mod", "module example.com/Foo/bar\n"), ("bar.go", "package bar\n")])
            {
                using var writer = new StreamWriter(zip.CreateEntry("example.com/Foo/bar@v1.0.0/" + name).Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Runs go with a module cache of its own, so that everything is asked for.</summary>
    private Task<ProgramRun> GoAsync(params string[] arguments) => GoByAsync(_proxy!.Url, "http://goproxy.test", arguments);

    /// <param name="proxyVariable">What it reaches everything by; null for nothing.</param>
    /// <param name="goProxy">Where modules are.</param>
    /// <param name="arguments">Its command line.</param>
    private Task<ProgramRun> GoByAsync(string? proxyVariable, string goProxy, params string[] arguments)
    {
        var run = ++_runs;
        return new ClientProgram("go", "golang-go", _folder.PathOf("client"))
        {
            Environment =
            {
                ["HTTP_PROXY"] = proxyVariable ?? "",
                ["GOPROXY"] = goProxy,
                ["GONOSUMDB"] = "*",
                ["GOFLAGS"] = "-modcacherw -mod=mod",
                ["GOTOOLCHAIN"] = "local",
                ["GOMODCACHE"] = _folder.PathOf($"modcache{run}"),
                ["GOCACHE"] = _folder.PathOf("go-cache"),
                ["GOPATH"] = _folder.PathOf("go-path"),
            },
        }.RunAsync(arguments);
    }
}
