using System.Text;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>What is wrong with routes and upstreams is said with file, line and remedy.</summary>
public sealed class RoutePlanTests
{
    [Theory]
    [InlineData("routes:\n  - hosts: [a.test]\n    via: corp\n", "scriptproxy.yaml(2,5): routes[0].via \"corp\": there is no such upstream. Known: direct; or write a URL.")]
    [InlineData("upstreams:\n  corp: { url: \"http://p.test\" }\nroutes:\n  - hosts: [a.test]\n    via: crop\n", "scriptproxy.yaml(4,5): routes[0].via \"crop\": there is no such upstream; did you mean 'corp'?")]
    [InlineData("routes:\n  - hosts: [10.0.0.0/99]\n    via: direct\n", "scriptproxy.yaml(2,5): routes[0].hosts \"10.0.0.0/99\": what follows the slash is not 0 to 32. Write a range such as 10.0.0.0/8.")]
    [InlineData("routes:\n  - hosts: []\n    via: direct\n", "scriptproxy.yaml(2,5): routes[0].hosts: expected at least one destination, such as \"*.corp.example\".")]
    [InlineData("routes:\n  - hosts: [a.test]\n    via: \"http://u:secret@p.test\"\n", "scriptproxy.yaml(2,5): routes[0].via: a URL with a password belongs under upstreams, where it is kept out of what is printed. Give it a name there, and write the name here.")]
    [InlineData("routes:\n  - hosts: [a.test]\n", "scriptproxy.yaml(2,5): routes[0]: 'via' is missing. Add via: TEXT.")]
    [InlineData("routes:\n  - hosts: [a.test]\n    via: direct\n    vai: x\n", "scriptproxy.yaml(4,5): routes[0].vai: there is no 'vai'; did you mean 'via'?")]
    [InlineData("upstreams:\n  corp: {}\n", "scriptproxy.yaml(2,9): upstreams.corp: 'url' is missing. Add url: http://HOST:PORT, or endpoints: [HOST:PORT, …].")]
    [InlineData("upstreams:\n  corp: { url: \"ftp://u:secret@p\" }\n", "scriptproxy.yaml(2,9): upstreams.corp.url: expected a URL that begins with " + UpstreamUrl.Schemes + ".")]
    [InlineData("upstreams:\n  direct: { url: \"http://p.test\" }\n", "scriptproxy.yaml(2,11): upstreams.direct: \"direct\" cannot be the name of an upstream. Choose a word other than direct.")]
    [InlineData("upstreams:\n  corp: { url: \"http://p.test\", ca: [a.pem] }\n", "scriptproxy.yaml(2,9): upstreams.corp.ca: only proxies with an https:// URL have a certificate. Remove it, or change the URL.")]
    [InlineData("no-proxy: [a.test]\n", "--no-proxy: says what does not go through --upstream, which is not given. Add --upstream, or leave it out; routes have \"via: direct\".")]
    [InlineData("upstream: corp\n", "--upstream \"corp\": there is no such upstream. Known: direct; or write a URL.")]
    [InlineData("map-host: [nonsense]\n", "--map-host \"nonsense\": expected NAME=ADDRESS, with ports where they matter: api.test=127.0.0.1, api.test:443=127.0.0.1:8443.")]
    [InlineData("map-host: [a.test=b.test]\n", "--map-host \"a.test=b.test\": expected an IP address after =, with an optional port, IPv6 then in brackets: 127.0.0.1:8443, [::1]:8443.")]
    [InlineData("bind: fe80::1%eth0\n", "--bind \"fe80::1%eth0\": expected an IP address of this machine, without port and zone, such as 192.0.2.10 or 2001:db8::10.")]
    public void Mistake_IsNamedWithPlaceAndRemedy(string yaml, string expected)
    {
        var problems = new List<string>();
        var options = Read(yaml, problems);
        if (problems.Count == 0) problems.AddRange(options.Validate());

        Assert.Equal([expected], problems);
    }

    [Fact]
    public void GoodRoutes_HaveNoProblems()
    {
        var problems = new List<string>();
        var options = Read(
            """
            routes:
              - hosts: ["*.corp.example", ".internal", "10.0.0.0/8", "/^api\\d+\\./", "api.example:8443"]
                via: corp
              - hosts: ["*"]
                via: "socks5h://127.0.0.1:1080"
            upstreams:
              corp: { url: "https://user:pass@proxy.example:3128", ca: [proxy-ca.pem], verify: false }
            """,
            problems);

        Assert.Empty(problems);
        Assert.Empty(options.Validate());
        var corp = options.Upstreams["corp"];
        Assert.Equal(("https://user:pass@proxy.example:3128", "/etc/proxy-ca.pem", false), (corp.Url, corp.Ca.Single(), corp.Verify));
    }

    [Fact]
    public void Credentials_AreNotPrinted()
    {
        var options = Read("upstream: \"http://user:secret@p.test\"\nupstreams:\n  corp: { url: \"http://user:secret@p.test\" }\n", []);

        var printed = OptionDescriptor.Of(new ProxyOptions()).Select(option => option.ValueYaml(options));

        Assert.DoesNotContain(printed, value => value.Contains("secret", StringComparison.Ordinal));
    }

    private static ProxyOptions Read(string yaml, List<string> problems)
    {
        var file = ConfigurationFile.Parse(Path.Combine("/etc", "scriptproxy.yaml"), Encoding.UTF8.GetBytes(yaml));
        var options = new OptionBinder<ProxyOptions>().Bind(new OptionSources(_ => null, _ => null, file), problems);
        for (var i = 0; i < problems.Count; i++) problems[i] = Shortened(problems[i]);
        var before = options.Validate();
        Assert.All(before, problem => Assert.DoesNotContain("secret", problem, StringComparison.Ordinal));
        foreach (var route in options.Routes) Shorten(route);
        foreach (var upstream in options.Upstreams.Values) Shorten(upstream);
        return options;
    }

    private static void Shorten(IPlacedOptions placed) => placed.Place = Shortened(placed.Place!);

    private static string Shortened(string text) => text[text.IndexOf("scriptproxy.yaml", StringComparison.Ordinal)..];
}
