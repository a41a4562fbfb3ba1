using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class MockTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GET", "http://api.test/users/1", 200, "{\"id\": 1}")]
    [InlineData("POST", "http://api.test/users", 201, "made")]
    [InlineData("GET", "http://api.test/users?page=2", 200, "page 2")]
    [InlineData("GET", "http://api.test/other", 404, "Not mocked.\n")]
    [InlineData("GET", "http://else.test/", 200, "origin")]
    public async Task FirstThatMatches_Answers(string method, string url, int status, string body)
    {
        var mocks = _folder.Write("mocks.json", """
            [
              { "url": "http://api.test/users/*", "body": "{\"id\": 1}" },
              { "method": "post", "url": "/users", "status": 201, "body": "made", "headers": { "X-Mock": "yes" } },
              { "url": "http://api.test/users?page=*", "body": "page 2" }
            ]
            """);
        await using var host = await ShippedScripts.LoadAsync("mock", $"responses=@{mocks}", "otherwise=404");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Of(method, url).WithResponse(200, "origin"));

        Assert.Equal((status, body), (flow.Response!.StatusCode, flow.ReceivedText));
    }

    [Fact]
    public async Task Times_HandsOnToTheNext()
    {
        await using var host = await ShippedScripts.LoadAsync("mock", "responses={status: 503, times: 2}", "responses={status: 200, body: ok}");
        var statuses = new List<int>();

        for (var i = 0; i < 4; i++) statuses.Add((await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Response!.StatusCode);

        Assert.Equal([503, 503, 200, 200], statuses);
    }

    [Fact]
    public async Task File_IsReadAnew()
    {
        var file = _folder.Write("body.json", "[1]");
        await using var host = await ShippedScripts.LoadAsync("mock", $"responses={{file: {file}}}");
        Assert.Equal("[1]", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).ReceivedText);

        _folder.Write("body.json", "[2]");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"));
        Assert.Equal(("[2]", "application/json"), (flow.ReceivedText, flow.Response!.ContentType));
    }

    [Fact]
    public async Task MistakeInTheFile_NamesItsLine()
    {
        var mocks = _folder.Write("mocks.yaml", "- url: /a\n  status: many\n");

        Assert.Contains("mocks.yaml(2,11): [0].status \"many\": expected a whole number", await ShippedScripts.ErrorAsync("mock", $"responses=@{mocks}"), StringComparison.Ordinal);
    }
}
