using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Tests.Hosts;

public sealed class HostRulesTests
{
    [Fact]
    public void NoEntryMatches_LeavesTheDefault()
    {
        using var rules = new HostRules([new() { Match = ["a.example"], Http2 = false }]);

        Assert.Same(HostRule.Default, rules.For(Destination.Tls("b.example", 443)));
    }

    [Fact]
    public void FirstEntryThatSaysSomething_DecidesThatMatter()
    {
        using var rules = new HostRules(
        [
            new() { Match = ["a.example"], Verify = false },
            new() { Match = ["*.example"], Http2 = false, Verify = true },
            new() { Match = ["*"], Http2 = true, ClientHttp2 = false, Tls = new() { Max = "1.2" } },
        ]);

        var rule = rules.For(Destination.Tls("a.example", 443));

        Assert.Equal((false, false, false), (rule.Verify, rule.Http2, rule.ClientHttp2));
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls12, rule.Tls.Protocols);
    }

    [Theory]
    [InlineData("192.0.2.1", "a.example", true)]
    [InlineData("a.example", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "b.example", false)]
    public void NameInTlsOrHostDialled_EitherCounts(string host, string tlsName, bool matches)
    {
        using var rules = new HostRules([new() { Match = ["a.example:443"], Http2 = false }]);

        Assert.Equal(!matches, rules.For(Destination.Tls(host, 443, tlsName)).Http2);
        Assert.True(rules.For(Destination.Tls(host, 8443, tlsName)).Http2);
    }

    [Fact]
    public void AltSvc_IsDroppedWhereTheFirstEntrySaysSo()
    {
        using var rules = new HostRules([new() { Match = ["keep.example"], AltSvc = AltSvcPolicy.Keep }, new() { Match = ["*.example"], AltSvc = AltSvcPolicy.Drop }]);

        Assert.False(rules.DropsAltSvc(Destination.Tls("keep.example", 443)));
        Assert.True(rules.DropsAltSvc(Destination.Tls("other.example", 443)));
        Assert.False(rules.DropsAltSvc(Destination.Tls("else.test", 443)));
    }

    [Fact]
    public void H2c_IsSpokenWhereTheFirstEntrySaysSo()
    {
        using var rules = new HostRules([new() { Match = ["web.example"], H2c = false }, new() { Match = ["*.example"], H2c = true }]);

        Assert.False(rules.SpeaksH2c(Destination.Plain("web.example", 80)));
        Assert.True(rules.SpeaksH2c(Destination.Plain("grpc.example", 50051)));
        Assert.False(rules.SpeaksH2c(Destination.Plain("else.test", 80)));
    }

    [Fact]
    public void H2cWithoutHttp2_IsAMistake() => Assert.Equal(
        ["h2c is HTTP/2, which http2: false turns off. Leave one of them out."], new HostOptions { Match = ["*"], H2c = true, Http2 = false }.Validate());

    [Fact]
    public void MistakesInAFile_AreNamedWithTheirPlace()
    {
        var file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", """
            hosts:
              - match: ["a..example"]
              - match: []
              - match: ["b.example"]
                tls: { min: "2" }
                client-certificate: { cert: none.pem }
              - http2: false
            """u8);
        var problems = new List<string>();
        var binder = new OptionBinder<ProxyOptions>();

        binder.Bind(new OptionSources(_ => null, _ => null, file), problems);

        Assert.Equal(
        [
            "/etc/scriptproxy.yaml(2,5): hosts[0]: match \"a..example\": it has an empty part between dots. Write a host such as example.com.",
            "/etc/scriptproxy.yaml(3,5): hosts[1]: match is empty. Name hosts, such as [\"*.example.com\"].",
            "/etc/scriptproxy.yaml(5,10): hosts[2].tls: min \"2\": expected \"1.2\" or \"1.3\" (or \"1.0\", \"1.1\" where the system's TLS library still speaks them).",
            "/etc/scriptproxy.yaml(6,25): hosts[2].client-certificate: cert /etc/none.pem: no such file. Correct the path.",
            "/etc/scriptproxy.yaml(7,5): hosts[3]: 'match' is missing. Add match: [TEXT, …].",
        ], problems);
    }

    [Fact]
    public void MistakesOfAProgram_StopTheStart()
    {
        var options = new ProxyOptions { Hosts = [new() { Match = ["a.example"], ClientTls = new() { Max = "x" } }] };

        Assert.StartsWith("hosts[0].client-tls: max \"x\": ", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClientCertificateRequest.Require, false, "--request-client-certificate require: ")]
    [InlineData(ClientCertificateRequest.Never, true, "--client-ca roots.pem: no client is asked")]
    public void ClientCertificateOptionsThatDoNotFit_StopTheStart(ClientCertificateRequest request, bool hasCa, string expected)
    {
        var options = new ProxyOptions { RequestClientCertificate = request, ClientCa = hasCa ? ["roots.pem"] : [] };

        Assert.StartsWith(expected, Assert.Single(options.Validate()), StringComparison.Ordinal);
    }
}
