using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class ModifyHeadersTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RequestRule_LeavesResponsesAlone()
    {
        await using var host = await ShippedScripts.LoadAsync("modify-headers", "rules=/~q/X-Tag/blue", "rules=|~s|Server|");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(ResponseBuilder.Of(200).WithHeader("Server", "old").WithHeader("X-Other", "1")));

        Assert.Equal("blue", flow.Request.Headers["X-Tag"]);
        Assert.False(flow.Response!.Headers.Contains("X-Tag"));
        Assert.False(flow.Response.Headers.Contains("Server"));
        Assert.Equal("1", flow.Response.Headers["X-Other"]);
    }

    [Fact]
    public async Task FieldThatIsThere_IsReplacedWhereItStands()
    {
        await using var host = await ShippedScripts.LoadAsync("modify-headers", "rules=/~q/a/one", "rules=/~q/A/two");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithHeader("A", "0").WithHeader("B", "1").WithHeader("A", "2"));

        Assert.Equal(["one", "two"], flow.Request.Headers.GetAll("A"));
        Assert.Equal(["Host", "A", "B", "A"], flow.Request.Headers.Select(field => field.Key));
    }

    [Fact]
    public async Task OnlyWhereMissing_IsAFilter()
    {
        await using var host = await ShippedScripts.LoadAsync("modify-headers", "rules=/~q & !~hq ^X-Tag:/X-Tag/new");

        Assert.Equal("old", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithHeader("X-Tag", "old"))).Request.Headers["X-Tag"]);
        Assert.Equal("new", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Request.Headers["X-Tag"]);
    }

    [Fact]
    public async Task ValueInAFile_IsReadAnew()
    {
        var file = _folder.Write("token.txt", "first\n");
        await using var host = await ShippedScripts.LoadAsync("modify-headers", $"rules=|~q|X-Tag|@{file}");
        Assert.Equal("first", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Request.Headers["X-Tag"]);

        _folder.Write("token.txt", "second\n");

        Assert.Equal("second", (await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/"))).Request.Headers["X-Tag"]);
    }

    [Theory]
    [InlineData("rules=", "--set modify-headers.rules \"\": expected /[filter/]subject/replacement")]
    [InlineData("rules=/a b/c", "expected the name of a header field, got \"a b\".")]
    [InlineData("rules=/~x/a/b", "--set modify-headers.rules: column 1: there is no operator ~x.")]
    [InlineData("rules=|a|@nowhere.txt", "there is no file nowhere.txt.")]
    public async Task WrongRule_StopsTheStart(string option, string problem) =>
        Assert.Contains(problem, await ShippedScripts.ErrorAsync("modify-headers", option), StringComparison.Ordinal);
}
