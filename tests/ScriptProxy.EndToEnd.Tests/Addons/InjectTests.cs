using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class InjectTests(AddonsFixture addons)
{
    private const string Page = "<!doctype html><html><head><title>before</title></head><body><p>kept \u00e4</p></body></html>";

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Script_RunsInABrowser(string? encoding)
    {
        await using var run = await addons.StartAsync(
            "  inject: {file: panel.html, remove-csp: true}", ("panel.html", "<script>document.title = 'after'</script>"));

        // Browsers take br over TLS alone.
        var chromium = new ChromiumBrowser(run.Folder);
        await chromium.TrustAsync(run.Proxy);
        var page = await chromium.BrowseAsync(run.Proxy, "https://origin.test" + SayingOrigin.Say(Page, "text/html; charset=utf-8", encoding: encoding, headers: "Content-Security-Policy:script-src 'none'"));

        Assert.Contains("<title>after</title>", page, StringComparison.Ordinal);
        Assert.Contains("kept \u00e4", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyWholePagesThatMatch_AreChanged()
    {
        await using var run = await addons.StartAsync("  inject: {html: '<i>seen</i>', before: head, filter: '!~u skip'}");

        Assert.Equal(Page.Replace("</head>", "<i>seen</i></head>", StringComparison.Ordinal), await run.GetAsync(SayingOrigin.Say(Page, "text/html; charset=utf-8")));
        Assert.Equal("<p>skip", await run.GetAsync(SayingOrigin.Say("<p>skip", "text/html")));
        Assert.Equal("{}", await run.GetAsync(SayingOrigin.Say("{}", "application/json")));
        Assert.Equal(304, (await run.CurlAsync(SayingOrigin.Say("", "text/html", status: "304"))).Status);
        var head = await run.CurlAsync(SayingOrigin.Say(Page, "text/html"), "--head");
        Assert.Equal((0, 200), (head.ExitCode, head.Status));
    }
}
