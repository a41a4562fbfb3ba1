using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Upstream;

public sealed class RouteTableTests
{
    private static readonly ProxyOptions Options = new()
    {
        Upstreams = new Dictionary<string, UpstreamOptions> { ["corp"] = new() { Url = "http://user:pass@proxy.example:3128" } },
        Routes =
        [
            new RouteOptions { Hosts = ["one.test", "*.corp.example"], Via = "corp" },
            new RouteOptions { Hosts = ["10.0.0.0/8"], Via = "direct" },
            new RouteOptions { Hosts = ["a.corp.example", "*.socks.example"], Via = "socks5://127.0.0.1:1080" },
        ],
    };

    [Theory]
    [InlineData("one.test", "corp (routes[0])")]
    [InlineData("a.corp.example", "corp (routes[0])")]
    [InlineData("10.1.2.3", "direct (routes[1])")]
    [InlineData("a.socks.example", "socks5://127.0.0.1:1080 (routes[2])")]
    [InlineData("else.test", "direct")]
    public async Task FirstRuleThatFits_IsTaken(string host, string expected) => Assert.Equal(expected, await ChooseAsync(Options, host));

    [Theory]
    [InlineData("one.test", "corp (routes[0])")]
    [InlineData("else.test", "http://127.0.0.1:3128 (--upstream)")]
    [InlineData("no.test", "direct (--no-proxy)")]
    [InlineData("localhost", "direct (--no-proxy)")]
    public async Task NoRuleFits_UpstreamIsTakenUnlessExempt(string host, string expected) =>
        Assert.Equal(expected, await ChooseAsync(Options with { Upstream = "http://u:p@127.0.0.1:3128", NoProxy = ["no.test"] }, host));

    [Fact]
    public async Task UpstreamByName_IsTaken() => Assert.Equal("corp (--upstream)", await ChooseAsync(Options with { Upstream = "corp" }, "else.test"));

    [Fact]
    public async Task SameRule_IsTheSameRoute()
    {
        var table = NewTable(Options);

        Assert.Same(await table.ChooseAsync("one.test", 80, isTls: false), await table.ChooseAsync("b.corp.example", 443, isTls: true));
    }

    [Fact]
    public async Task NothingConfigured_AllocatesNothing()
    {
        var table = NewTable(new ProxyOptions());
        await table.ChooseAsync("a.test", 80, isTls: false);

        // Nothing is waited for, so that it is one thread that counts.
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) await table.ChooseAsync("a.test", 80, isTls: false);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task UpgradeThroughHttpProxy_IsARouteOfItsOwn()
    {
        var route = await NewTable(Options).ChooseAsync("one.test", 80, isTls: false);

        Assert.NotSame(route, route.Tunnelled);
        Assert.Same(route.Tunnelled, route.Tunnelled);
        Assert.Same(route.Tunnelled, route.Tunnelled.Tunnelled);
    }

    private static async Task<string> ChooseAsync(ProxyOptions options, string host) => (await NewTable(options).ChooseAsync(host, 443, isTls: true)).ToString();

    private static RouteTable NewTable(ProxyOptions options, Func<string, string?>? environment = null)
    {
        var problems = new List<string>();
        var plan = RoutePlan.Of(options, problems, environment);
        Assert.Empty(problems);
        var dialler = new SocketDialler(new OwnAddresses(TimeProvider.System), options, TimeProvider.System);
        return new RouteTable(plan, new NextHops(plan, dialler, options, TimeProvider.System, NullLogger.Instance));
    }
}
