using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class BlockTests(AddonsFixture addons)
{
    private const string Rules = """
          block:
            rules:
              - '|~u /ads|404'
              - '|~u /hang|444'
              - {filter: '~u /why', status: 451, reason: Not here.}
              - {filter: '~ts video', status: 415}
        """;

    [Theory]
    [InlineData("http://origin.test", "--http1.1")]
    [InlineData("https://origin.test", "--http1.1")]
    [InlineData("https://origin.test", "--http2")]
    public async Task Rules_RefuseInEveryProtocol(string origin, string protocol)
    {
        await using var run = await addons.StartAsync(Rules);

        Assert.Equal(404, (await run.CurlAsync(origin + "/ads", protocol)).Status);
        var why = await run.CurlAsync(origin + "/why", protocol);
        Assert.Equal(451, why.Status);
        Assert.Contains("Not here.", why.Text, StringComparison.Ordinal);
        var video = await run.CurlAsync(origin + SayingOrigin.Say("secret film", "video/mp4"), protocol);
        Assert.Equal(415, video.Status);
        Assert.DoesNotContain("film", video.Text, StringComparison.Ordinal);
        Assert.StartsWith("GET /else\n", await run.GetAsync(origin + "/else", protocol), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://origin.test", "--http1.1")]
    [InlineData("https://origin.test", "--http2")]
    public async Task Rule444_HangsUp(string origin, string protocol)
    {
        await using var run = await addons.StartAsync(Rules);

        Assert.True((await run.CurlAsync(origin + "/hang", protocol)).IsHungUp);
    }
}
