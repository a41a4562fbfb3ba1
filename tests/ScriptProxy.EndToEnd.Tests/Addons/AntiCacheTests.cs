using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class AntiCacheTests(AddonsFixture addons)
{
    [Fact]
    public async Task Validators_DoNotReachTheOrigin()
    {
        await using var run = await addons.StartAsync("  anticache: {enabled: true, filter: '!~u /kept'}");

        var asked = await run.GetAsync("/x", "--header", "If-None-Match: \"1\"", "--header", "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT", "--header", "X-Else: 1");
        Assert.DoesNotContain("if-", asked, StringComparison.Ordinal);
        Assert.Contains("x-else: 1", asked, StringComparison.Ordinal);
        Assert.Contains("if-none-match: \"1\"", await run.GetAsync("/kept", "--header", "If-None-Match: \"1\""), StringComparison.Ordinal);
    }
}
