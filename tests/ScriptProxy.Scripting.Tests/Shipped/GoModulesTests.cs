using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;
using TestFlow = ScriptProxy.Testing.TestFlow;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class GoModulesTests : IDisposable
{
    private const string Base = "https://proxy.golang.org";

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/example.com/foo/@v/v1.0.0.info", "{\"Version\":\"v1.0.0\"}")]
    [InlineData("/example.com/foo/@v/v1.0.0.mod", "module example.com/foo\n")]
    [InlineData("/github.com/%21azure/sdk/@v/v1.2.3-0.20200101000000-abcdefabcdef.mod", "module github.com/Azure/sdk\n")]
    [InlineData("/sumdb/sum.golang.org/lookup/example.com/foo@v1.0.0", "123\nexample.com/foo v1.0.0 h1:x\n")]
    public async Task ImmutableFile_IsFetchedOnce(string path, string body)
    {
        await using var host = await LoadAsync();

        var miss = await GetAsync(host, path, ResponseBuilder.Of(200).WithText(body));
        var hit = await GetAsync(host, path, ResponseBuilder.Of(500));

        Assert.Equal((true, "MISS", body), (miss.ReachedOrigin, miss.Response!.Headers["X-Cache"], miss.ReceivedText));
        Assert.Equal((false, "HIT", body), (hit.ReachedOrigin, hit.Response!.Headers["X-Cache"], hit.ReceivedText));
        Assert.True(File.Exists(_folder.PathOf("cache/cache/download" + Uri.UnescapeDataString(path))));
        Assert.Empty(Directory.GetFiles(_folder.Root, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Zip_IsKeptWhole_AlsoALargeOne()
    {
        await using var host = await LoadAsync();
        var zip = Zip("example.com/Foo@v1.0.0/", 3_000_000);

        await GetAsync(host, "/example.com/%21foo/@v/v1.0.0.zip", ResponseBuilder.Of(200).WithBody(zip, "application/zip"));
        var hit = await GetAsync(host, "/example.com/%21foo/@v/v1.0.0.zip", ResponseBuilder.Of(500));

        Assert.False(hit.ReachedOrigin);
        Assert.Equal(zip, hit.ReceivedBody.ToArray());
    }

    [Theory]
    [InlineData("/example.com/foo/@v/v1.0.0.zip", "no zip")]
    [InlineData("/example.com/foo/@v/v1.0.0.info", "{\"Vers")]
    [InlineData("/example.com/foo/@v/v1.0.0.mod", "<html>")]
    public async Task DamagedFile_IsNotKept(string path, string body)
    {
        await using var host = await LoadAsync();

        Assert.Equal(body, (await GetAsync(host, path, ResponseBuilder.Of(200).WithText(body))).ReceivedText);
        Assert.True((await GetAsync(host, path, ResponseBuilder.Of(200).WithText(body))).ReachedOrigin);
    }

    [Fact]
    public async Task ZipOfAnotherModule_IsNotKept()
    {
        await using var host = await LoadAsync();

        await GetAsync(host, "/example.com/foo/@v/v1.0.0.zip", ResponseBuilder.Of(200).WithBody(Zip("example.com/evil@v1.0.0/", 10), "application/zip"));

        Assert.True((await GetAsync(host, "/example.com/foo/@v/v1.0.0.zip", ResponseBuilder.Of(200))).ReachedOrigin);
    }

    [Fact]
    public async Task BodyThatBreaksOff_IsNotKept()
    {
        await using var host = await LoadAsync();

        await GetAsync(host, "/example.com/foo/@v/v1.0.0.mod", ResponseBuilder.Of(200).WithText("module example.com/foo\n").WithBreakAfterBody());

        Assert.Empty(Directory.GetFiles(_folder.PathOf("cache"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("/example.com/foo/@v/list", "v1.0.0\n")]
    [InlineData("/example.com/foo/@latest", "{\"Version\":\"v1.0.0\"}")]
    [InlineData("/example.com/foo/@v/main.info", "{\"Version\":\"v1.0.0\"}")]
    public async Task MutableFile_IsBelievedForAWhile_AndLongerWhenTheUpstreamIsDown(string path, string body)
    {
        await using var host = await LoadAsync();
        await GetAsync(host, path, ResponseBuilder.Of(200).WithText(body));
        Assert.Equal("HIT", (await GetAsync(host, path, ResponseBuilder.Of(500))).Response!.Headers["X-Cache"]);

        var file = Assert.Single(Directory.GetFiles(_folder.PathOf("cache"), "*", SearchOption.AllDirectories));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));

        Assert.Equal((200, "STALE", body), Shown(await GetAsync(host, path, ResponseBuilder.Of(503))));
        var failed = await ShippedScripts.RunAsync(host, FlowBuilder.Get(Base + path).WithError(new FlowError("connection_refused", 502, "down")));
        Assert.Equal((200, "STALE", body), Shown(failed));
        Assert.Equal((200, "MISS", body + " "), Shown(await GetAsync(host, path, ResponseBuilder.Of(200).WithText(body + " "))));
    }

    [Fact]
    public async Task Offline_AnswersFromWhatIsThere()
    {
        foreach (var version in (string[])["v1.2.0", "v1.10.0", "v2.0.0-beta", "v0.0.0-20200101000000-abcdefabcdef"])
            _folder.Write($"cache/cache/download/example.com/foo/@v/{version}.info", $"{{\"Version\":\"{version}\"}}");
        await using var host = await LoadAsync("offline");

        Assert.Equal("v1.2.0\nv1.10.0\nv2.0.0-beta\n", (await GetAsync(host, "/example.com/foo/@v/list")).ReceivedText);
        Assert.Contains("v1.10.0", (await GetAsync(host, "/example.com/foo/@latest")).ReceivedText, StringComparison.Ordinal);
        var missing = await GetAsync(host, "/example.com/foo/@v/v3.0.0.info");
        Assert.Equal((404, false), (missing.Response!.StatusCode, missing.ReachedOrigin));
    }

    [Fact]
    public async Task DeniedAndPrivateModules_NeverReachTheUpstream()
    {
        await using var host = await LoadAsync("deny=example.com/Evil/*", "private=corp.example/*");

        foreach (var (path, status) in ((string, int)[])
        [
            ("/example.com/%21evil/x/@v/list", 403), ("/corp.example/secret/@v/list", 404), ("/sumdb/sum.golang.org/lookup/corp.example/secret@v1.0.0", 404),
        ])
        {
            var flow = await GetAsync(host, path);
            Assert.Equal((status, false), (flow.Response!.StatusCode, flow.ReachedOrigin));
        }
    }

    [Theory]
    [InlineData("/example.com/../../etc/@v/v1.0.0.mod")]
    [InlineData("/example.com/%2e%2e/%2e%2e/x/@v/v1.0.0.mod")]
    [InlineData("/Example.com/foo/@v/v1.0.0.mod")]
    [InlineData("/example.com/foo/@v/v1.0.0.exe")]
    [InlineData("/")]
    public async Task OtherPath_PassesUnkept(string path)
    {
        await using var host = await LoadAsync();
        var flow = FlowBuilder.Get(Base).WithResponse(200, "module x").Build();
        flow.Request.Target = path;

        await host.RunAsync(flow);

        Assert.True(flow.ReachedOrigin);
        Assert.Empty(Directory.GetFiles(_folder.PathOf("cache"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task OtherHost_IsLeftAlone()
    {
        await using var host = await LoadAsync();

        Assert.False((await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://other.test/example.com/foo/@v/v1.0.0.mod").WithResponse(200, "module x"))).Response!.Headers.Contains("X-Cache"));
    }

    [Fact]
    public async Task ManyAtOnce_AskTheUpstreamOnce()
    {
        await using var host = await LoadAsync();
        var body = Encoding.UTF8.GetBytes("module example.com/foo\n" + new string('\n', 100_000));

        var flows = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => GetAsync(host, "/example.com/foo/@v/v1.0.0.mod", ResponseBuilder.Of(200).WithChunks(body.Chunk(1000).Select(chunk => (ReadOnlyMemory<byte>)chunk))))));

        Assert.All(flows, flow => Assert.Equal(body, flow.ReceivedBody.ToArray()));
        Assert.Single(flows, flow => flow.ReachedOrigin);
    }

    [Fact]
    public async Task Upstream_TakesThePlaceOfTheHost()
    {
        await using var host = await LoadAsync("upstream=http://athens.test:3000/base/", "hosts=goproxy.test");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://goproxy.test/example.com/%21foo/@v/v1.0.0.mod").WithResponse(200, "module example.com/Foo"));

        Assert.Equal(("http://athens.test:3000/base/example.com/%21foo/@v/v1.0.0.mod", "identity"), (flow.Request.Url, flow.Request.Headers["Accept-Encoding"]));
    }

    [Fact]
    public async Task GoSum_IsFetchedAtTheStart()
    {
        await using var upstream = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Path.Value!.EndsWith(".mod", StringComparison.Ordinal) ? "module x" : "{\"Version\":\"v1.0.0\"}"));
        var sum = _folder.Write("go.sum", "example.com/Foo v1.0.0 h1:x=\nexample.com/Foo v1.0.0/go.mod h1:y=\n");
        await using var host = await LoadAsync($"upstream=http://{upstream.HttpEndPoint}", $"prewarm={sum}");

        await host.WaitForLogAsync("2 of 3 files of go.sum were fetched or there already");

        Assert.Equal("HIT", (await GetAsync(host, "/example.com/%21foo/@v/v1.0.0.mod")).Response!.Headers["X-Cache"]);
    }

    private static (int Status, string? Cache, string Text) Shown(TestFlow flow) => (flow.Response!.StatusCode, flow.Response.Headers["X-Cache"], flow.ReceivedText);

    private static Task<TestFlow> GetAsync(AddonHost host, string path, ResponseBuilder? response = null) =>
        ShippedScripts.RunAsync(host, FlowBuilder.Get(Base + path).WithResponse(response ?? ResponseBuilder.Of(500)));

    private static byte[] Zip(string prefix, int bytes)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry(prefix + "data", CompressionLevel.NoCompression).Open();
            entry.Write(new byte[bytes]);
        }

        return stream.ToArray();
    }

    private Task<AddonHost> LoadAsync(params string[] set) => ShippedScripts.LoadAsync("go-modules", [$"directory={_folder.PathOf("cache")}", .. set]);
}
