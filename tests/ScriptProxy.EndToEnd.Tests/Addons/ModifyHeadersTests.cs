using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class ModifyHeadersTests(AddonsFixture addons)
{
    [Theory]
    [InlineData("http://origin.test", "--http1.1")]
    [InlineData("https://origin.test", "--http2")]
    public async Task Fields_AreSetAddedAndRemoved(string origin, string protocol)
    {
        await using var run = await addons.StartAsync(
            """
              modify-headers:
                rules:
                  - /~q/X-Tag/blue
                  - /~q/X-Tag/green
                  - /~q/User-Agent/
                  - /~q/X-Token/@token.txt
                  - "/~q & !~hq ^X-Source:/X-Source/proxy"
                  - '|~s|Server|'
                  - {filter: ~s, name: X-Seen, value: 'yes'}
            """,
            ("token.txt", "one\n"));

        var asked = await run.CurlAsync(origin + "/x", protocol, "--header", "x-tag: red");

        Assert.Contains("\nx-tag: blue,green\n", asked.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("user-agent", asked.Text, StringComparison.Ordinal);
        Assert.Contains("\nx-source: proxy\nx-tag", asked.Text, StringComparison.Ordinal);
        Assert.Contains("\nx-token: one\n", asked.Text, StringComparison.Ordinal);
        Assert.Equal((null, "yes"), (asked["Server"], asked["X-Seen"]));
        Assert.Contains("\nx-source: me\n", await run.GetAsync(origin + "/x", protocol, "--header", "X-Source: me"), StringComparison.Ordinal);
        run.Folder.Write("token.txt", "two\n");
        Assert.Contains("\nx-token: two\n", await run.GetAsync(origin + "/x", protocol), StringComparison.Ordinal);
    }
}
