using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tests.Options;

public class ListenerSettingsTests
{
    [Fact]
    public void NothingButListen_IsOneRegularListener() =>
        Assert.Equal(["regular 127.0.0.1:8080"], Planned(new ProxyOptions()));

    [Theory]
    [InlineData("regular", "regular 127.0.0.1:8080")]
    [InlineData("regular@9000", "regular 127.0.0.1:9000")]
    [InlineData("regular@[::1]:9000", "regular [::1]:9000")]
    [InlineData("regular@localhost:9000", "regular 127.0.0.1:9000")]
    [InlineData("regular@:0", "regular 127.0.0.1:0")]
    [InlineData("socks5", "socks5 127.0.0.1:1080")]
    [InlineData("reverse:https://example.com", "reverse:https://example.com 127.0.0.1:8080")]
    [InlineData("reverse:http://[::1]:3000/app/@v1@[::1]:9000", "reverse:http://[::1]:3000/app/@v1 [::1]:9000")]
    [InlineData("reverse:http://localhost/@app", "reverse:http://localhost/@app 127.0.0.1:8080")]
    [InlineData("socks5@9000", "socks5 127.0.0.1:9000")]
    public void Mode_ListensWhereItSays(string mode, string expected) => Assert.Equal([expected], Planned(new ProxyOptions { Mode = [mode] }));

    [Fact]
    public void PortAlone_IsOneOfTheAddressOfListen() =>
        Assert.Equal(["regular [::1]:9000"], Planned(new ProxyOptions { Listen = "[::1]:0", Mode = ["regular@9000"] }));

    [Fact]
    public void ModesAndListeners_AddUp() => Assert.Equal(
        ["regular 127.0.0.1:8081", "regular 127.0.0.1:8082"],
        Planned(new ProxyOptions { Mode = ["regular@8081"], Listeners = [new ListenerOptions { Listen = "127.0.0.1:8082" }] }));

    [Theory]
    [InlineData("regulr", "--mode \"regulr\": not a mode; did you mean regular?")]
    [InlineData("wireguard", "--mode \"wireguard\": not a mode. Known: regular, socks5, reverse, transparent.")]
    [InlineData("regular:8080", "--mode \"regular:8080\": regular takes nothing after a colon. An address follows an @: regular@127.0.0.1:8080.")]
    [InlineData("reverse", "--mode \"reverse\": expected a URL after reverse:. Name the server's URL: reverse:https://example.com")]
    [InlineData("reverse:example.com", "--mode \"reverse:example.com\": expected a URL after reverse:.")]
    [InlineData("reverse:ftp://example.com", "--mode \"reverse:ftp://example.com\": ftp is not spoken by this mode; http, https and tcp are.")]
    [InlineData("reverse:http://ann:pw@example.com/", "--mode \"reverse:http://ann:pw@example.com/\": a user and a password do not belong into it.")]
    [InlineData("reverse:http://example.com/?a=b", "--mode \"reverse:http://example.com/?a=b\": it ends with its path")]
    [InlineData("reverse:tcp://example.com", "--mode \"reverse:tcp://example.com\": tcp has no usual port.")]
    [InlineData("reverse:tcp://example.com:5432/a", "--mode \"reverse:tcp://example.com:5432/a\": what is relayed has no paths.")]
    [InlineData("transparnt", "--mode \"transparnt\": not a mode; did you mean transparent?")]
    [InlineData("regular@", "--mode \"regular@\": expected HOST:PORT")]
    [InlineData("regular@example.com:80", "--mode \"regular@example.com:80\": expected HOST:PORT with an IP address")]
    [InlineData("regular@0.0.0.0:80", "--mode regular@0.0.0.0:80: this address is reachable from other machines.")]
    public void BadMode_IsNamedWithTheRemedy(string mode, string expected) =>
        Assert.StartsWith(expected, Assert.Single(new ProxyOptions { Mode = [mode] }.Validate()), StringComparison.Ordinal);

    [Theory]
    [InlineData("reverse:http://example.com", "--tunnel: in mode reverse:http://example.com requests are always read, since the server does not speak TLS. Remove it, or relay everything with --mode reverse:tcp://HOST:PORT.")]
    [InlineData("reverse:tcp://example.com:443", "--tunnel: in mode reverse:tcp://example.com:443 everything is relayed unread. Remove it.")]
    public void WishThatNoListenerCanFollow_IsRefused(string mode, string expected)
    {
        Assert.Equal(expected, Assert.Single(new ProxyOptions { Mode = [mode], Tunnel = true }.Validate()));
        Assert.StartsWith("--ignore: in mode ", Assert.Single(new ProxyOptions { Mode = [mode], Ignore = ["a.test"] }.Validate()), StringComparison.Ordinal);
        Assert.StartsWith("--auto-tunnel: in mode ", Assert.Single(new ProxyOptions { Mode = [mode], AutoTunnel = true }.Validate()), StringComparison.Ordinal);
        Assert.Empty(new ProxyOptions { Mode = [mode, "regular@8081"], Tunnel = true }.Validate());
    }

    [Fact]
    public void SettingsThatRelayingHasNoUseFor_AreRefused()
    {
        Assert.Equal(["cert: what passes in mode reverse:tcp://example.com:443 is not looked at. Remove it."], new ListenerOptions { Mode = "reverse:tcp://example.com:443", Cert = "a.pem" }.Validate());
        Assert.Equal(["keep-host: what passes in mode reverse:tcp://example.com:443 is not looked at. Remove it."], new ListenerOptions { Mode = "reverse:tcp://example.com:443", KeepHost = true }.Validate());
    }

    [Theory]
    [InlineData("127.0.0.1:9000", "127.0.0.1:9000")]
    [InlineData("0.0.0.0:9000", "127.0.0.1:9000")]
    [InlineData("127.0.0.1:9000", "[::]:9000")]
    [InlineData("[::]:9000", "[::1]:9000")]
    public void OverlappingListeners_AreRefused(string one, string other)
    {
        var options = new ProxyOptions { Mode = [$"regular@{one}", $"regular@{other}"], AllowRemoteClients = true };

        Assert.Equal(
            $"--mode regular@{other}: {other} is listened on already by --mode regular@{one}. Give one of them another port, such as regular@8081.",
            Assert.Single(options.Validate()));
    }

    [Theory]
    [InlineData("127.0.0.1:9000", "127.0.0.2:9000")]
    [InlineData("0.0.0.0:9000", "[::1]:9000")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    public void ListenersBesideEachOther_AreTaken(string one, string other) =>
        Assert.Empty(new ProxyOptions { Mode = [$"regular@{one}", $"regular@{other}"], AllowRemoteClients = true }.Validate());

    [Fact]
    public void ProblemsOfTheFile_AreNamedWithTheirPlace()
    {
        var problems = new List<string>();
        var file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", "listeners:\n- listen: 127.0.0.1:9000\n- mode: reglar\n- listen: nowhere\n"u8);

        new OptionBinder<ProxyOptions>().Bind(new OptionSources(_ => null, _ => null, file), problems);

        Assert.Equal(
            [
                "/etc/scriptproxy.yaml(3,3): listeners[1]: mode \"reglar\": not a mode; did you mean regular?",
                "/etc/scriptproxy.yaml(4,3): listeners[2]: listen \"nowhere\": expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8080 or [::1]:8080.",
            ],
            problems);
    }

    [Fact]
    public void OverlapOfTheFile_IsNamedWithItsPlace()
    {
        var file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", "listeners:\n- listen: 127.0.0.1:9000\n- listen: 127.0.0.1:9000\n"u8);

        var options = new OptionBinder<ProxyOptions>().Bind(new OptionSources(_ => null, _ => null, file), []);

        Assert.StartsWith(
            "/etc/scriptproxy.yaml(3,3): listeners[1]: 127.0.0.1:9000 is listened on already by /etc/scriptproxy.yaml(2,3): listeners[0].",
            Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Planned(ProxyOptions options)
    {
        var problems = new List<string>();
        var listeners = ListenerSettings.Of(options, problems);
        Assert.Empty(problems);
        return listeners.Select(listener => $"{listener.Mode} {listener.Address}");
    }
}
