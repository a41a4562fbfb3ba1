using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>--with-system-proxy: which variables are read, and what they mean.</summary>
public sealed class SystemProxyTests
{
    private readonly List<string> _problems = [];

    [Theory]
    [InlineData("HTTP_PROXY=http://a:1", "a:1 HTTP_PROXY", "-")]
    [InlineData("http_proxy=http://a:1", "a:1 http_proxy", "-")]
    [InlineData("HTTPS_PROXY=http://a:1", "-", "a:1 HTTPS_PROXY")]
    [InlineData("https_proxy=https://a", "-", "a:443 https_proxy")]
    [InlineData("ALL_PROXY=socks5://a", "a:1080 ALL_PROXY", "a:1080 ALL_PROXY")]
    [InlineData("all_proxy=socks://a", "a:1080 all_proxy", "a:1080 all_proxy")]
    [InlineData("HTTP_PROXY=http://a:1 ALL_PROXY=http://b:2", "a:1 HTTP_PROXY", "b:2 ALL_PROXY")]
    [InlineData("HTTP_PROXY=http://upper:1 http_proxy=http://lower:2", "lower:2 http_proxy", "-")]
    [InlineData("HTTP_PROXY=a:3128", "a:3128 HTTP_PROXY", "-")]
    [InlineData("HTTP_PROXY=http://a:1 REQUEST_METHOD=GET", "-", "-")]
    [InlineData("http_proxy=http://a:1 REQUEST_METHOD=GET", "a:1 http_proxy", "-")]
    [InlineData("HTTPS_PROXY=http://a:1 REQUEST_METHOD=GET", "-", "a:1 HTTPS_PROXY")]
    [InlineData("", "-", "-")]
    public void Variables_NameTheProxies(string environment, string http, string https)
    {
        var proxies = Read(environment);

        Assert.Equal((http, https), (Shown(proxies.Http), Shown(proxies.Https)));
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("/etc/proxy.pem", new[] { "/etc/proxy.pem" })]
    [InlineData("""["/etc/a.pem","/etc/b.pem"]""", new[] { "/etc/a.pem", "/etc/b.pem" })]
    [InlineData("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", new[] { "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----" })]
    [InlineData("""["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"]""", new[] { "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----" })]
    public void RootsOfTheProxy_AreAPathATextOrAListOfThem(string value, string[] expected) =>
        Assert.Equal(expected, new SystemProxies(name => name switch { "HTTPS_PROXY" => "https://a", "HTTPS_PROXY_CA" => value, _ => null }, _problems).Https!.Ca);

    [Theory]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("true", true)]
    [InlineData("", true)]
    public void RejectUnauthorized_IsTheSwitch(string value, bool verifies) =>
        Assert.Equal(verifies, Read($"HTTPS_PROXY=https://a HTTPS_PROXY_REJECT_UNAUTHORIZED={value}").Https!.Verify);

    [Theory]
    [InlineData("HTTP_PROXY=ftp://user:secret@a", "HTTP_PROXY: expected a URL that begins with ")]
    [InlineData("HTTPS_PROXY=https://a HTTPS_PROXY_CA=[nonsense", "HTTPS_PROXY_CA: not a JSON list of files or PEM blocks (")]
    public void WrongValue_IsNamedWithoutSecrets(string environment, string expected)
    {
        Read(environment);

        Assert.StartsWith(expected, Assert.Single(_problems), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void UpstreamGivenAsWell_IsAProblem()
    {
        RoutePlan.Of(new ProxyOptions { WithSystemProxy = true, Upstream = "http://a" }, _problems, _ => null);

        Assert.Equal(["--with-system-proxy: --upstream is given too. Leave one of them out."], _problems);
    }

    private static string Shown(UpstreamPlan? plan) => plan is null ? "-" : $"{plan.Url.HostPort} {plan.Place}";

    private SystemProxies Read(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new SystemProxies(name => variables.GetValueOrDefault(name), _problems);
    }
}
