using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class AntiCompTests(AddonsFixture addons)
{
    [Fact]
    public async Task Origin_IsAskedNotToCompress()
    {
        await using var run = await addons.StartAsync("  anticomp: {enabled: true, filter: '!~u /kept'}");

        Assert.Contains("accept-encoding: identity\n", await run.GetAsync("/x", "--header", "Accept-Encoding: gzip, br"), StringComparison.Ordinal);
        Assert.Contains("accept-encoding: identity\n", await run.GetAsync("https://origin.test/x", "--http2"), StringComparison.Ordinal);
        Assert.Contains("accept-encoding: gzip, br\n", await run.GetAsync("/kept", "--header", "Accept-Encoding: gzip, br"), StringComparison.Ordinal);
    }
}
