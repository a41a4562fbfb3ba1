using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class MapRemoteTests(AddonsFixture addons)
{
    [Fact]
    public async Task Url_BecomesAnother()
    {
        await using var run = await addons.StartAsync("""
              map-remote:
                rules:
                  - '|/old/|/new/'
                  - '|//www[.]test/|//other.test/'
                  - '|/swap/([0-9])/([0-9])|/swap/\2/\1'
                  - '|~m DELETE|/|/deleted/'
            """);
        foreach (var (url, line, host) in ((string, string, string)[])
        [
            ("http://origin.test/old/a?b=%20c", "GET /new/a?b=%20c\n", "origin.test"), ("http://www.test/old/a", "GET /new/a\n", "other.test"),
            ("https://www.test/x", "GET /x\n", "other.test"), ("http://origin.test/swap/1/2", "GET /swap/2/1\n", "origin.test"),
        ])
        {
            var asked = await run.GetAsync(url, "--http1.1");
            Assert.StartsWith(line, asked, StringComparison.Ordinal);
            Assert.Contains($"host: {host}\n", asked, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task NoUrlAnyMore_FailsTheFlowAndNamesTheAddon()
    {
        await using var run = await addons.StartAsync("  map-remote: {rules: ['|^http://origin.test/bad|nowhere']}");

        var answer = await run.CurlAsync("/bad");

        Assert.Equal(502, answer.Status);
        Assert.Contains("map-remote.csx", answer["Proxy-Status"], StringComparison.Ordinal);
        await run.GetAsync("/good");
        run.MayLogErrors();
    }
}
