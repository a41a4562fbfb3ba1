using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>The shipped go-modules addon between the real go command and an upstream that keeps count.</summary>
public sealed class GoModulesTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _asked = new();
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

    private async Task StartAsync(params string[] arguments)
    {
        _upstream = await TestOrigin.StartAsync(AnswerAsync);
        _proxy = await ProxyProcess.StartListeningAsync(
            _folder.FullName,
            ["--set", $"go-modules.directory={_folder.PathOf("cache")}", "--set", "go-modules.hosts=goproxy.test", "--set", $"go-modules.upstream=http://{_upstream.HttpEndPoint}", "--set", "go-modules.ttl=0", .. arguments]);
        _folder.Write("client/go.mod", "module client\n\ngo 1.19\n");
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
                var zip = Zip();
                context.Response.ContentLength = zip.Length;
                return context.Response.Body.WriteAsync(zip).AsTask();
            default:
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
        }
    }

    private static byte[] Zip()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in ((string, string)[])[("go.mod", "module example.com/Foo/bar\n"), ("bar.go", "package bar\n")])
            {
                using var writer = new StreamWriter(zip.CreateEntry("example.com/Foo/bar@v1.0.0/" + name).Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Runs go with a module cache of its own, so that everything is asked for.</summary>
    private Task<ProgramRun> GoAsync(params string[] arguments)
    {
        var run = ++_runs;
        return new ClientProgram("go", "golang-go", _folder.PathOf("client"))
        {
            Environment =
            {
                ["HTTP_PROXY"] = _proxy!.Url,
                ["GOPROXY"] = "http://goproxy.test",
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
