using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class StickyAuthTests(AddonsFixture addons)
{
    [Fact]
    public async Task Authorization_IsSentAlong_ToTheSameOriginAlone()
    {
        await using var run = await addons.StartAsync("  sticky-auth: {filter: '!~u /alone'}");

        await run.GetAsync("https://origin.test/a", "--user", "ada:secret");

        Assert.Contains("\nauthorization: Basic YWRhOnNlY3JldA==\n", await run.GetAsync("https://origin.test/b"), StringComparison.Ordinal);
        Assert.Contains("\nauthorization: Bearer x\n", await run.GetAsync("https://origin.test/b", "--header", "Authorization: Bearer x"), StringComparison.Ordinal);
        Assert.Contains("\nauthorization: Bearer x\n", await run.GetAsync("https://origin.test/b", "--http2"), StringComparison.Ordinal);
        Assert.DoesNotContain("authorization", await run.GetAsync("https://origin.test/alone"), StringComparison.Ordinal);
        Assert.DoesNotContain("authorization", await run.GetAsync("http://origin.test/b"), StringComparison.Ordinal);
        Assert.DoesNotContain("authorization", await run.GetAsync("https://other.test/b"), StringComparison.Ordinal);
    }
}
