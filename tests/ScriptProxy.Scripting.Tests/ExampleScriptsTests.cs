using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests;

public sealed class ExampleScriptsTests
{
    private static readonly string Folder = FindFolder();

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Example_CompilesAndBindsWithoutAWarning(string name)
    {
        var path = Path.Combine(Folder, name);
        var script = Scripts.Compiled(path);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;

        Assert.NotEmpty(addon.HookNames);
        Assert.Empty(script.Warnings);
        Assert.Empty(warnings);
        Assert.Null(script.BlockingCall);
    }

    [Fact]
    public async Task Mask_HidesSecretsFromRecordsOriginAndClient()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.Headers.Server = "Secret/1.0";
            var headers = context.Request.Headers;
            return context.Response.WriteAsync($"{headers.Authorization}|{headers.Cookie}|{headers["X-Api-Key"]}");
        });
        await using var proxy = await StartAsync("mask.csx", origin);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://origin.test/");
        request.Headers.Add("Authorization", "Bearer abc");
        request.Headers.Add("Cookie", "session=1");
        request.Headers.Add("X-Api-Key", "key");

        var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal("Bearer abc|session=1|masked", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("Server"));
        var record = await proxy.WaitForFlowAsync();
        Assert.DoesNotContain(record.RequestHeaders, header => header.Value.Contains("abc", StringComparison.Ordinal) || header.Value.Contains("session", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://ads.example/", HttpStatusCode.Forbidden)]
    [InlineData("http://cdn.ADS.example/", HttpStatusCode.Forbidden)]
    [InlineData("http://loads.example/", HttpStatusCode.OK)]
    [InlineData("https://origin.test/", HttpStatusCode.OK)]
    public async Task Block_RefusesByHost(string url, HttpStatusCode expected)
    {
        await using var origin = await StartOriginAsync(context => context.Response.WriteAsync("reached"), "origin.test", "ads.example", "cdn.ads.example", "loads.example");
        await using var proxy = await StartAsync("block.csx", origin);

        var response = await proxy.CreateClient().GetAsync(new Uri(url));

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, origin.RequestCount);
    }

    [Fact]
    public async Task Block_DeniesTheTunnel()
    {
        await using var origin = await StartOriginAsync(context => context.Response.WriteAsync("reached"), "tracker.example");
        await using var proxy = await StartAsync("block.csx", origin);

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => proxy.CreateClient().GetAsync(new Uri("https://tracker.example/")));

        Assert.Contains("403", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, origin.RequestCount);
    }

    [Fact]
    public async Task Log_WritesItsLineWithoutTheQuery()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var proxy = await StartAsync("log.csx", origin);

        await proxy.CreateClient().GetStringAsync(new Uri("https://origin.test/path?token=secret"));

        var line = await proxy.WaitForLogAsync("GET origin.test/path -> 200, 5 bytes in ");
        Assert.EndsWith(" ms, #1 for this host", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/users/1", 200, """{"id": 1, "name": "Ada"}""")]
    [InlineData("POST", "/users", 201, """{"id": 2}""")]
    [InlineData("GET", "/old", 302, "")]
    [InlineData("GET", "/other", 404, "Not mocked.")]
    public async Task Mock_AnswersInsteadOfTheOrigin(string method, string path, int status, string body)
    {
        await using var origin = await StartOriginAsync(context => context.Response.WriteAsync("reached"), "api.example");
        await using var proxy = await StartAsync("mock.csx", origin);
        using var request = new HttpRequestMessage(new HttpMethod(method), "https://api.example" + path);

        var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(0, origin.RequestCount);
        Assert.Contains("mocked", (await proxy.WaitForFlowAsync()).Tags);
    }

    [Theory]
    [InlineData("application/json", """{"users":[{"name":"Ada","password":"x"}],"token":{"a":1}}""", """{"users":[{"name":"Ada","password":"***"}],"token":"***"}""")]
    [InlineData("application/json", """{ "name" :  "Ada" }""", """{ "name" :  "Ada" }""")]
    [InlineData("text/plain", """{"password":"x"}""", """{"password":"x"}""")]
    public async Task Json_HidesFieldsAndLeavesTheRest(string contentType, string sent, string received)
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(sent);
        });
        await using var proxy = await StartAsync("json.csx", origin);

        Assert.Equal(received, await proxy.CreateClient().GetStringAsync(new Uri("https://origin.test/")));
    }

    private static Task<TestOrigin> StartOriginAsync(Func<HttpContext, Task> handler, params string[] hosts) =>
        TestOrigin.StartAsync(new TestOriginOptions { Hosts = hosts }, handler);

    private static async Task<TestProxy> StartAsync(string example, TestOrigin origin) =>
        await TestProxy.StartAsync(origin, await File.ReadAllTextAsync(Path.Combine(Folder, example), Encoding.UTF8));

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "examples", "scripts");
    }
}
