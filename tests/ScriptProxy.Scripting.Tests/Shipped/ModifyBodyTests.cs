using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class ModifyBodyTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rules=/~s/b+/x", "a bbb", "a x")]
    [InlineData(@"rules=|~s|(\w+) (\w+)|\2-$1", "a b", "b-a")]
    public async Task Matches_AreReplaced(string rule, string body, string expected)
    {
        await using var host = await ShippedScripts.LoadAsync("modify-body", rule);

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("http://a.test/").WithText(body).WithResponse(ResponseBuilder.Of(200).WithContentEncoding("gzip").WithText(body)));

        Assert.Equal(expected, flow.ReceivedText);
        Assert.Equal(body, flow.SentText);
    }

    [Fact]
    public async Task RequestBody_IsChangedToo()
    {
        await using var host = await ShippedScripts.LoadAsync("modify-body", "rules=/~q/\u00e4/ae");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Post("http://a.test/").WithText("\u00e4 \u00f6"));

        Assert.Equal("ae \u00f6", flow.SentText);
    }

    [Fact]
    public async Task Bytes_StayAsTheyAreAroundAMatch()
    {
        await using var host = await ShippedScripts.LoadAsync("modify-body", "rules=/~s/PNG/GNP");
        byte[] body = [0x89, (byte)'P', (byte)'N', (byte)'G', 0, 0xFF, 0xFE];

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/").WithResponse(ResponseBuilder.Of(200).WithBody(body, "image/png")));

        Assert.Equal([0x89, (byte)'G', (byte)'N', (byte)'P', 0, 0xFF, 0xFE], flow.ReceivedBody.ToArray());
    }

    [Fact]
    public async Task File_ReplacesWhatMatches()
    {
        var file = _folder.Write("new.json", "{\"$1\": 1}");
        await using var host = await ShippedScripts.LoadAsync("modify-body", $"rules=|~s & ~u /api|^.*$|@{file}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("http://a.test/api").WithResponse(200, "line\nline"));

        Assert.Equal("{\"$1\": 1}", flow.ReceivedText);
    }

    [Fact]
    public async Task WrongPattern_StopsTheStart() =>
        Assert.StartsWith("--set modify-body.rules \"/[/x\": ", await ShippedScripts.ErrorAsync("modify-body", "rules=/[/x"), StringComparison.Ordinal);
}
