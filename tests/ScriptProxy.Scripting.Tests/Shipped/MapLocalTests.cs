using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class MapLocalTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public MapLocalTests()
    {
        _folder.Write("static/a.css", "a {}");
        _folder.Write("static/docs/index.html", "docs");
        _folder.Write("static/index.html", "home");
        _folder.Write("static/with space.txt", "space");
        _folder.Write("secret.txt", "secret");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/static/a.css?v=1", 200, "a {}", "text/css; charset=utf-8")]
    [InlineData("/static/docs", 200, "docs", "text/html; charset=utf-8")]
    [InlineData("/static/", 200, "home", "text/html; charset=utf-8")]
    [InlineData("/static/with%20space.txt", 200, "space", "text/plain; charset=utf-8")]
    [InlineData("/static/none.css", 404, "There is no local file for this URL.\n", "text/plain; charset=utf-8")]
    [InlineData("/static/../secret.txt", 404, "There is no local file for this URL.\n", "text/plain; charset=utf-8")]
    [InlineData("/static/%2e%2e/secret.txt", 404, "There is no local file for this URL.\n", "text/plain; charset=utf-8")]
    [InlineData("/static//etc/passwd", 404, "There is no local file for this URL.\n", "text/plain; charset=utf-8")]
    [InlineData("/other/a.css", 200, "origin", "text/plain; charset=utf-8")]
    public async Task Folder_AnswersWithWhatLiesInIt(string target, int status, string body, string type)
    {
        await using var host = await ShippedScripts.LoadAsync("map-local", $"rules=|http://a.test/static|{_folder.PathOf("static")}");
        var builder = FlowBuilder.Get("http://a.test/").WithResponse(200, "origin");
        var flow = builder.Build();
        flow.Request.Target = target;

        await host.RunAsync(flow);

        Assert.Equal((status, body, type), (flow.Response!.StatusCode, flow.ReceivedText, flow.Response.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Group_NamesTheFile()
    {
        await using var host = await ShippedScripts.LoadAsync("map-local", $"rules=|/download/([^/]+)/latest|{_folder.PathOf("static")}");

        Assert.Equal("a {}", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/download/a.css/latest"))).ReceivedText);
    }

    [Fact]
    public async Task File_AnswersForEveryMatch()
    {
        await using var host = await ShippedScripts.LoadAsync("map-local", $"rules=|~m GET|/app.*js|{_folder.PathOf("static/a.css")}");

        Assert.Equal("a {}", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/app.min.js"))).ReceivedText);
        Assert.True((await ShippedScripts.RunAsync(host, FlowBuilder.Post("http://a.test/app.min.js"))).ReachedOrigin);
    }

    [Fact]
    public async Task PathThatIsNotThere_StopsTheStart() =>
        Assert.Contains("there is no file or folder /nowhere.", await ShippedScripts.ErrorAsync("map-local", "rules=|x|/nowhere"), StringComparison.Ordinal);
}
