using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class StickyCookieTests(AddonsFixture addons)
{
    [Fact]
    public async Task Cookies_AreSentAlong_WhereTheyBelong()
    {
        await using var run = await addons.StartAsync("  sticky-cookie: {filter: '!~u /alone'}");

        await run.GetAsync("https://origin.test" + SayingOrigin.Say("", headers: ["Set-Cookie:sid=1; Path=/; Secure", "Set-Cookie:deep=2; Path=/deep", "Set-Cookie:evil=3; Domain=other.test"]));

        Assert.Contains("\ncookie: sid=1\n", await run.GetAsync("https://origin.test/x"), StringComparison.Ordinal);
        Assert.Contains("\ncookie: own=4; deep=2; sid=1\n", await run.GetAsync("https://origin.test/deep/x", "--cookie", "own=4"), StringComparison.Ordinal);
        Assert.Contains("\ncookie: sid=5\n", await run.GetAsync("https://origin.test/x", "--cookie", "sid=5"), StringComparison.Ordinal);
        Assert.DoesNotContain("cookie: ", await run.GetAsync("http://origin.test/x"), StringComparison.Ordinal);
        Assert.DoesNotContain("cookie: ", await run.GetAsync("https://other.test/x"), StringComparison.Ordinal);
        Assert.DoesNotContain("cookie: ", await run.GetAsync("https://origin.test/alone"), StringComparison.Ordinal);
        await run.GetAsync("https://origin.test" + SayingOrigin.Say("", headers: ["Set-Cookie:sid=; Path=/; Max-Age=0"]));
        Assert.DoesNotContain("cookie: ", await run.GetAsync("https://origin.test/x"), StringComparison.Ordinal);
    }
}
