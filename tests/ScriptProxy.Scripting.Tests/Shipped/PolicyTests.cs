using System.Net;
using System.Text.Json;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class PolicyTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    private string Audit => _folder.PathOf("audit.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FirstRuleThatAllowsOrDenies_Counts()
    {
        await using var host = await LoadAsync("""
            - {name: login, action: allow, hosts: [api.test], paths: [/login]}
            - {name: writes, action: deny, methods: [POST, PUT], hosts: ["*.test"], reason: read only, status: 405}
            - {name: ads, action: deny, filter: ~d ads}
            """);

        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Post("https://api.test/login")));
        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Get("https://api.test/users")));
        var denied = await ShippedScripts.RunAsync(host, FlowBuilder.Post("https://api.test/users"));
        Assert.Equal((405, "Denied by policy \"writes\": read only.\n", false), (denied.Response!.StatusCode, denied.ReceivedText, denied.ReachedOrigin));
        Assert.Contains("details=\"writes\"", denied.Response.Headers["Proxy-Status"], StringComparison.Ordinal);
        Assert.Contains("denied", denied.Tags);
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://ads.test/")));
    }

    [Theory]
    [InlineData("https://a.test/admin/x", 403)]
    [InlineData("https://a.test/public/../admin/x", 403)]
    [InlineData("https://a.test/%61dmin/x", 403)]
    [InlineData("https://a.test//admin/x", 403)]
    [InlineData("https://A.TEST/admin/x", 403)]
    [InlineData("https://a.test/administrator", 200)]
    public async Task Path_IsThatWhichOriginsSee(string url, int status)
    {
        await using var host = await LoadAsync("- {name: admin, action: deny, hosts: [a.test], paths: [/admin/*]}");

        Assert.Equal(status, await StatusAsync(host, FlowBuilder.Get(url)));
    }

    [Theory]
    [InlineData("https://a.test/", 200)]
    [InlineData("https://www.ads.test/", 403)]
    [InlineData("https://WWW.ADS.test/", 403)]
    [InlineData("https://ads.test/", 200)]
    [InlineData("https://www.ads.test.example/", 200)]
    [InlineData("https://cdn-7.img.test/", 403)]
    [InlineData("https://cdn-img.test/", 200)]
    [InlineData("https://a.test/api/7/secret/key", 403)]
    [InlineData("https://a.test/api/secret", 200)]
    [InlineData("https://a.test/API/7/secret", 200)]
    public async Task Star_StandsForAnything(string url, int status)
    {
        await using var host = await LoadAsync("""
            - {name: ads, action: deny, hosts: ["*.Ads.test", "cdn-*.img.test"]}
            - {name: secrets, action: deny, paths: ["/api/*/secret*"]}
            """);

        Assert.Equal(status, await StatusAsync(host, FlowBuilder.Get(url)));
        Assert.Equal(status, await StatusAsync(host, FlowBuilder.Get(url)));
    }

    [Fact]
    public async Task DefaultDeny_LetsOnlyPassWhatARuleAllows()
    {
        await using var host = await LoadAsync("- {name: ours, action: allow, hosts: [\"*.ours.test\"], clients: [10.0.0.0/8]}", "default=deny");

        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Get("https://a.ours.test/").WithClient(Client("10.1.2.3"))));
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://a.ours.test/").WithClient(Client("192.0.2.1"))));
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://other.test/").WithClient(Client("10.1.2.3"))));
    }

    [Fact]
    public async Task Conditions_RefuseWhatDoesNotMeetThem()
    {
        await using var host = await LoadAsync("""
            - {name: who, action: require-header, header: X-Team, value: "^(red|blue)$"}
            - {name: tls, action: require-tls, hosts: [secure.test]}
            - {name: small, action: limit-size, max-bytes: 10}
            """);

        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://a.test/")));
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://a.test/").WithHeader("X-Team", "green")));
        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Get("https://a.test/").WithHeader("X-Team", "red")));
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("http://secure.test/").WithHeader("X-Team", "red")));
        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Get("https://secure.test/").WithHeader("X-Team", "red")));
        Assert.Equal(413, await StatusAsync(host, FlowBuilder.Post("https://a.test/").WithHeader("X-Team", "red").WithText("12345678901")));
        Assert.Equal(502, await StatusAsync(host, FlowBuilder.Post("https://a.test/").WithHeader("X-Team", "red").WithChunks("123456", "78901")));
        Assert.Equal(200, await StatusAsync(host, FlowBuilder.Post("https://a.test/").WithHeader("X-Team", "red").WithChunks("12345", "67890")));
    }

    [Fact]
    public async Task Rate_IsLimitedByClient()
    {
        await using var host = await LoadAsync("- {name: slow, action: limit-rate, requests: 2, window: 86400}");
        var statuses = new List<int>();

        foreach (var client in (string[])["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2"]) statuses.Add(await StatusAsync(host, FlowBuilder.Get("https://a.test/").WithClient(Client(client))));

        Assert.Equal([200, 200, 429, 200], statuses);
    }

    [Fact]
    public async Task Redact_HidesAndGoesOn()
    {
        await using var host = await LoadAsync("- {name: hide, action: redact, headers: [X-Pin], query: [who]}");

        var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/?who=ada").WithHeader("X-Pin", "1234"));

        Assert.True(flow.ReachedOrigin);
        Assert.DoesNotContain("ada", flow.Record.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(flow.Record.RequestHeaders, field => field.Value == "1234");
    }

    [Theory]
    [InlineData("Mon-Fri 08:00-18:00", "2026-11-20T10:00", true)]
    [InlineData("Mon-Fri 08:00-18:00", "2026-11-21T10:00", false)]
    [InlineData("Mon-Fri 08:00-18:00", "2026-11-20T18:00", false)]
    [InlineData("Sat,Sun", "2026-11-21T23:59", true)]
    [InlineData("Fri-Mon", "2026-11-22T00:00", true)]
    [InlineData("Fri 22:00-06:00", "2026-11-21T05:59", true)]
    [InlineData("Fri 22:00-06:00", "2026-11-20T05:59", false)]
    [InlineData("00:00-24:00", "2026-11-20T05:59", true)]
    public async Task TimeWindow_ContainsWhatItSays(string window, string time, bool contains)
    {
        var (addon, _) = await Scripts.LoadAsync(ShippedScripts.PathOf("policy"));
        using var disposal = addon;
        var type = AppDomain.CurrentDomain.GetAssemblies().Reverse().SelectMany(assembly => assembly.IsDynamic ? [] : assembly.GetTypes().Where(type => type.Name == "TimeWindow")).First();

        var parsed = type.GetMethod("Parse")!.Invoke(null, [window])!;

        Assert.Equal(contains, type.GetMethod("Contains")!.Invoke(parsed, [DateTime.Parse(time, System.Globalization.CultureInfo.InvariantCulture)]));
    }

    [Fact]
    public async Task DryRun_RecordsWhatItWouldHaveDenied()
    {
        await using (var host = await LoadAsync("- {name: all, action: deny, reason: no}", "dry-run", $"audit={Audit}"))
        {
            var flow = await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/?token=hunter2"));
            Assert.True(flow.ReachedOrigin);
            Assert.Contains("would-deny", flow.Tags);
        }

        var line = Assert.Single(await File.ReadAllLinesAsync(Audit));
        var entry = JsonDocument.Parse(line).RootElement;
        Assert.Equal((1, "would-deny", "all", "no"), (entry.GetProperty("number").GetInt32(), entry.GetProperty("decision").GetString(), entry.GetProperty("rule").GetString(), entry.GetProperty("reason").GetString()));
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chain_GoesOnAcrossReloadsAndFiles()
    {
        for (var run = 0; run < 3; run++)
        {
            await using var host = await LoadAsync("- {name: all, action: deny}", $"audit={Audit}", "audit-max-bytes=2048", "audit-key=k");
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StatusAsync(host, FlowBuilder.Get("https://a.test/"))));
        }

        var files = Directory.GetFiles(_folder.Root).Where(file => file.StartsWith(Audit + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Append(Audit).ToList();
        Assert.True(files.Count > 1);
        var entries = files.SelectMany(File.ReadAllLines).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(1, 60), entries.Select(entry => entry.GetProperty("number").GetInt32()));
        Assert.Equal(entries.SkipLast(1).Select(entry => entry.GetProperty("hash").GetString()), entries.Skip(1).Select(entry => entry.GetProperty("previous").GetString()));
    }

    [Fact]
    public async Task LineThatWasCutOff_GoesAndTheChainGoesOn()
    {
        await using (var host = await LoadAsync("- {name: all, action: deny}", $"audit={Audit}")) await StatusAsync(host, FlowBuilder.Get("https://a.test/"));
        await File.AppendAllTextAsync(Audit, "{\"number\":2,\"ti");

        await using (var host = await LoadAsync("- {name: all, action: deny}", $"audit={Audit}")) await StatusAsync(host, FlowBuilder.Get("https://a.test/"));

        Assert.Equal([1, 2], (await File.ReadAllLinesAsync(Audit)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("number").GetInt32()));
    }

    [Theory]
    [InlineData("deny", 503)]
    [InlineData("continue", 403)]
    public async Task LogThatCannotBeWritten_IsTreatedAsToldTo(string policy, int status)
    {
        Directory.CreateDirectory(Audit);
        await using var host = await LoadAsync("- {name: all, action: deny}", $"audit={Audit}", $"on-audit-failure={policy}");

        Assert.Equal(status, await StatusAsync(host, FlowBuilder.Get("https://a.test/")));
        await host.WaitForLogAsync("the audit log audit.log cannot be written");
    }

    [Fact]
    public async Task Connect_IsDecidedByItsHost()
    {
        await using var host = await LoadAsync("""
            - {name: ads, action: deny, hosts: ["*.ads.test"]}
            - {name: some, action: allow, hosts: [a.test], paths: [/x]}
            - {name: posts, action: deny, hosts: [b.test], methods: [POST]}
            - {name: others, action: allow, hosts: [d.test], clients: [192.0.2.0/24]}
            """, "default=deny", $"audit={Audit}");

        var (ads, some, other, foreign) = (TestConnections.Connect("x.ads.test"), TestConnections.Connect("a.test"), TestConnections.Connect("c.test"), TestConnections.Connect("d.test"));
        await host.ConnectAsync(ads);
        await host.ConnectAsync(some);
        await host.ConnectAsync(other);
        await host.ConnectAsync(foreign);

        Assert.Equal((ConnectDecision.Deny, ConnectDecision.Default, ConnectDecision.Deny, ConnectDecision.Deny), (ads.Decision, some.Decision, other.Decision, foreign.Decision));
        Assert.Equal("Denied by policy \"ads\": not allowed.", ads.DenyReason);
    }

    [Fact]
    public async Task RulesSavedWithAMistake_LeaveTheOnesThatRun()
    {
        await using var host = await LoadAsync("- {name: ads, action: deny, hosts: [ads.test]}");

        _folder.Write("policy.yaml", "- {name: ads, action: dney, hosts: [ads.test]}");
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => host.ReloadAsync());

        Assert.Contains("policy.yaml(1,23): [0].action \"dney\": expected", exception.Errors[0], StringComparison.Ordinal);
        Assert.Equal(403, await StatusAsync(host, FlowBuilder.Get("https://ads.test/")));
    }

    [Theory]
    [InlineData("- {action: deny}", "'name' is missing.")]
    [InlineData("- {name: a, action: require-header}", "header is missing")]
    [InlineData("- {name: a, action: deny, filter: ~c 401}", "filter: a decision falls before there is a response")]
    [InlineData("- {name: a, action: deny, times: [always]}", "expected days and times such as")]
    [InlineData("- {name: a, action: deny, time-zone: Mars}", "time-zone: there is no Mars")]
    [InlineData("- {name: a, action: deny, clients: [here]}", "\"here\": expected a IPNetwork.")]
    [InlineData("- {name: a, action: deny}\n- {name: a, action: deny}", "two rules are called \"a\"")]
    public async Task WrongRule_StopsTheStart(string rules, string problem) =>
        Assert.Contains(problem, await ShippedScripts.ErrorAsync("policy", $"rules=@{_folder.Write("policy.yaml", rules)}"), StringComparison.Ordinal);

    private static ClientConnection Client(string address) => TestConnections.Client(new IPEndPoint(IPAddress.Parse(address), 1000));

    private static async Task<int> StatusAsync(AddonHost host, FlowBuilder flow) => (await ShippedScripts.RunAsync(host, flow)).Response!.StatusCode;

    private Task<AddonHost> LoadAsync(string rules, params string[] set) => ShippedScripts.LoadAsync("policy", [$"rules=@{_folder.Write("policy.yaml", rules)}", .. set]);
}
