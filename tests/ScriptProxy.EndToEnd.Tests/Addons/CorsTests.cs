using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class CorsTests(AddonsFixture addons)
{
    private const string Page = """
        <!doctype html><p id="out"></p>
        <script>
          const ask = new XMLHttpRequest();
          ask.open('PUT', 'http://origin.test/api', false);
          ask.setRequestHeader('X-Tag', 'blue');
          try { ask.send('hello'); document.getElementById('out').textContent = ask.responseText; } catch (error) { document.getElementById('out').textContent = 'refused by the browser'; }
        </script>
        """;

    [Theory]
    [InlineData("  cors: {filter: ~d origin.test}", "x-tag: blue")]
    [InlineData("  cors: {filter: ~d origin.test, origins: [http://app.test]}", "x-tag: blue")]
    [InlineData("  cors: {filter: ~d origin.test, origins: [http://else.test]}", "refused by the browser")]
    public async Task PageOfAnotherOrigin_MayCallTheApi_InABrowser(string settings, string expected)
    {
        await using var run = await addons.StartAsync(settings);

        var page = await new ChromiumBrowser(run.Folder).BrowseAsync(run.Proxy, "http://app.test" + SayingOrigin.Say(Page, "text/html"));

        Assert.Contains(expected, page[page.IndexOf("<p", StringComparison.Ordinal)..page.IndexOf("</p>", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_IsAnsweredByTheProxy()
    {
        await using var run = await addons.StartAsync("  cors: {filter: ~d origin.test, credentials: false, max-age: 5}");

        var answer = await run.CurlAsync("/api", "--request", "OPTIONS", "--header", "Origin: http://app.test", "--header", "Access-Control-Request-Method: PUT", "--header", "Access-Control-Request-Headers: x-tag");

        Assert.Equal((204, "http://app.test", "PUT", "x-tag", "5"), (answer.Status, answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Methods"], answer["Access-Control-Allow-Headers"], answer["Access-Control-Max-Age"]));
        Assert.Null(answer["Access-Control-Allow-Credentials"]);
        Assert.Equal("Origin", answer["Vary"]);
        Assert.Null((await run.CurlAsync("/api"))["Access-Control-Allow-Origin"]);
    }
}
