using ScriptProxy.Cli.Clients;

namespace ScriptProxy.Tests.Clients;

public class ClientVariablesTests
{
    private static readonly Uri Proxy = new("http://127.0.0.1:8123");
    private static readonly DirectHosts Direct = DirectHosts.Of(null, [], withLoopback: true, withCluster: false);

    private static readonly ClientPaths Paths = new()
    {
        Certificate = "/p/ca.pem",
        Bundle = "/p/ca-bundle.pem",
        Truststore = "/p/truststore.p12",
        NodePreload = "/with space/node.cjs",
        PhpIniFolder = "/p/php",
        WgetRc = "/p/wgetrc",
    };

    private readonly Dictionary<string, string> _present = [];

    [Fact]
    public void Proxy_IsTheSameForAllWhoReadIt_WithoutASlash()
    {
        var variables = Variables();

        foreach (var name in new[] { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "npm_config_proxy" }) Assert.Equal("http://127.0.0.1:8123", variables[name]);
        Assert.Equal(Direct.Variable, variables["NO_PROXY"]);
        Assert.Equal(Direct.Variable, variables["no_proxy"]);
    }

    [Fact]
    public void VariablesThatAdd_GetOurRootAlone_ThoseThatReplaceAllRoots()
    {
        var variables = Variables();

        Assert.Equal("/p/ca.pem", variables["NODE_EXTRA_CA_CERTS"]);
        Assert.Equal("/p/ca.pem", variables["DENO_CERT"]);
        foreach (var name in new[] { "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE" }) Assert.Equal("/p/ca-bundle.pem", variables[name]);
    }

    [Fact]
    public void RootsThatNodeWasGivenAlready_StayTrusted()
    {
        _present["NODE_EXTRA_CA_CERTS"] = "/corporate.pem";

        Assert.Equal("/p/ca-bundle.pem", Variables()["NODE_EXTRA_CA_CERTS"]);
    }

    [Fact]
    public void NothingIntercepted_NothingToTrust()
    {
        var variables = Variables(null);

        Assert.DoesNotContain("SSL_CERT_FILE", variables.Keys);
        Assert.DoesNotContain("NODE_EXTRA_CA_CERTS", variables.Keys);
        Assert.DoesNotContain("trustStore", variables["JAVA_TOOL_OPTIONS"], StringComparison.Ordinal);
        Assert.Equal("http://127.0.0.1:8123", variables["HTTPS_PROXY"]);
    }

    [Fact]
    public void OptionsThatAreThere_ArePutFirst_AndNotRepeated()
    {
        _present["JAVA_TOOL_OPTIONS"] = "-Xmx64m";
        _present["NODE_OPTIONS"] = "--no-warnings";
        _present["PHP_INI_SCAN_DIR"] = "/mine";
        var once = Variables();

        Assert.StartsWith("-Xmx64m -Dhttp.proxyHost=127.0.0.1 ", once["JAVA_TOOL_OPTIONS"], StringComparison.Ordinal);
        Assert.Equal("--no-warnings --require \"/with space/node.cjs\"", once["NODE_OPTIONS"]);
        Assert.Equal("/mine:/p/php", once["PHP_INI_SCAN_DIR"]);

        foreach (var (name, value) in once) _present[name] = value;
        Assert.Equal(once["NODE_OPTIONS"], Variables()["NODE_OPTIONS"]);
        Assert.Equal(once["JAVA_TOOL_OPTIONS"], Variables()["JAVA_TOOL_OPTIONS"]);
    }

    [Fact]
    public void JavaOptions_AreQuotedAsTheJvmReadsThem()
    {
        var line = JavaOptions.Line(JavaOptions.Of(Proxy, Direct, Paths with { Truststore = "/a b/it's \"t\".p12" }));

        Assert.Contains(" \"-Djavax.net.ssl.trustStore=/a b/it's \"'\"'\"t\"'\"'\".p12\" ", line, StringComparison.Ordinal);
        Assert.Contains(" -Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.localhost ", line, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Variables() => Variables(Paths);

    private Dictionary<string, string> Variables(ClientPaths? paths) =>
        ClientVariables.Of(Proxy, Direct, paths, _present.GetValueOrDefault).ToDictionary(variable => variable.Name, variable => variable.Value);
}
