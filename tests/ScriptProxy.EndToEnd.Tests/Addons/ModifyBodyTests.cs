using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class ModifyBodyTests(AddonsFixture addons)
{
    private const string Rules = """
          modify-body:
            rules:
              - '|~q|password=[^&]*|password=***'
              - '|~s & ~u /say|(s)old out|$1till there'
              - {filter: ~s & ~t html, pattern: '</p>', replacement: '!</p>'}
        """;

    [Fact]
    public async Task RequestBody_IsChangedOnItsWay()
    {
        await using var run = await addons.StartAsync(Rules);

        var asked = await run.GetAsync("/login", "--data", "user=ada&password=secret&x=1");

        Assert.EndsWith("\n\nuser=ada&password=***&x=1", asked, StringComparison.Ordinal);
        Assert.Contains("content-length: 25\n", asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task ResponseBody_IsChangedWithinItsCoding(string? encoding)
    {
        await using var run = await addons.StartAsync(Rules);
        var target = SayingOrigin.Say("<p>sold out \u00e4</p>", "text/html; charset=utf-8", encoding: encoding);

        Assert.Equal("<p>still there \u00e4!</p>", await run.GetAsync("https://origin.test" + target, "--compressed"));
        var plain = await run.CurlAsync(target);
        Assert.Equal(encoding, plain["Content-Encoding"]);
        Assert.Equal(encoding is null, plain.Text.StartsWith("<p>still", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("204", false)]
    [InlineData("304", false)]
    [InlineData("200", true)]
    public async Task MessageWithoutBody_StaysOne(string status, bool isHead)
    {
        await using var run = await addons.StartAsync(Rules);

        var answer = await run.CurlAsync(SayingOrigin.Say(isHead ? "sold out" : "", status: status), isHead ? ["--head"] : []);

        // With --head, curl writes the head where it writes bodies.
        Assert.Equal((0, status), (answer.ExitCode, $"{answer.Status}"));
        Assert.DoesNotContain("there", answer.Text, StringComparison.Ordinal);
    }
}
