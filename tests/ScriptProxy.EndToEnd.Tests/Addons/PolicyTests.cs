using System.Text.Json;
using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class PolicyTests(AddonsFixture addons)
{
    private const string Rules = """
        - {name: no ads, action: deny, hosts: ["ads.test"], reason: no ads}
        - {name: team, action: require-header, paths: [/team/*], header: X-Team, value: "^[a-z]+$"}
        - {name: hidden, action: redact, paths: [/login], query: [user], headers: [X-Pin]}
        - {name: uploads, action: limit-size, methods: [POST, PUT], max-bytes: 10}
        - {name: few, action: limit-rate, filter: ~u /few, requests: 1, window: 3600}
        - {name: encrypted, action: require-tls, paths: [/bank/*]}
        - {name: tls13, action: require-tls, paths: [/tls13], tls: "1.3"}
        - {name: trial, action: deny, filter: ~u /legacy, dry-run: true}
        - {name: never, action: deny, paths: [/closed], times: ["Mon-Sun 00:00-24:00"], status: 451}
        - {name: strangers, action: deny, paths: [/own], clients: [10.0.0.0/8]}
        - {name: rest, action: allow, hosts: ["*.test"]}
        """;

    private const string Settings = "  policy: {rules: '@policy.yaml', default: deny, audit: audit.log, audit-allowed: true}";

    private static readonly (string Url, int Status, string[] Arguments)[] Decisions =
    [
        ("http://ads.test/", 403, []),
        ("http://ADS.test/", 403, []),
        ("http://origin.test/team/x", 403, []),
        ("http://origin.test/team/x", 200, ["--header", "X-Team: red"]),
        ("http://origin.test/team/x", 403, ["--header", "X-Team: RED"]),
        ("http://origin.test/x/../%74eam//x", 403, ["--path-as-is"]),
        ("http://origin.test/up", 413, ["--data", "12345678901"]),
        ("http://origin.test/up", 200, ["--data", "1234567890"]),
        ("http://origin.test/bank/x", 403, []),
        ("https://origin.test/bank/x", 200, []),
        ("https://origin.test/tls13", 200, ["--tlsv1.3"]),
        ("https://origin.test/tls13", 403, ["--tlsv1.2", "--tls-max", "1.2"]),
        ("http://origin.test/legacy", 200, []),
        ("http://origin.test/closed", 451, []),
        ("http://origin.test/own", 200, []),
    ];

    [Fact]
    public async Task Rules_Decide()
    {
        await using var run = await addons.StartAsync(Settings, ("policy.yaml", Rules));
        var decided = new List<string>();
        foreach (var (url, _, arguments) in Decisions) decided.Add($"{url} {string.Join(' ', arguments)} -> {(await run.CurlAsync(url, arguments)).Status}");

        Assert.Equal(Decisions.Select(one => $"{one.Url} {string.Join(' ', one.Arguments)} -> {one.Status}"), decided);
    }

    [Fact]
    public async Task BodyOfUnknownLength_IsCutOffWhereItIsTooLong()
    {
        await using var run = await addons.StartAsync(Settings, ("policy.yaml", Rules));

        Assert.Equal(502, (await run.CurlAsync("/up", "--header", "Transfer-Encoding: chunked", "--data", new string('x', 100_000))).Status);
        Assert.EndsWith("\n\n1234567890", await run.GetAsync("/up", "--header", "Transfer-Encoding: chunked", "--data", "1234567890"), StringComparison.Ordinal);
        run.MayLogErrors();
    }

    [Fact]
    public async Task Refusal_SaysWhichRuleAndWhy()
    {
        await using var run = await addons.StartAsync(Settings, ("policy.yaml", Rules));

        var denied = await run.CurlAsync("http://ads.test/");
        Assert.Equal("Denied by policy \"no ads\": no ads.\n", denied.Text);
        Assert.Equal("scriptproxy; error=http_request_denied; details=\"no ads\"", denied["Proxy-Status"]);
        Assert.Equal("200 429", await run.StatusesAsync("/few", "/few"));
        var tunnel = await run.CurlAsync("https://ads.test/");
        Assert.Equal((56, 403), (tunnel.ExitCode, tunnel.Status));
    }

    [Fact]
    public async Task Decisions_AreOnRecord_AndProved()
    {
        await using var run = await addons.StartAsync(Settings, ("policy.yaml", Rules));
        await run.CurlAsync("http://ads.test/?token=123456");
        await run.CurlAsync("/legacy");
        await run.GetAsync("/login?user=ada&x=1", "--header", "X-Pin: 1234");

        var lines = (await File.ReadAllLinesAsync(run.Folder.PathOf("audit.log"))).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(["deny no ads", "would-deny trial", "allow rest", "allow rest"], lines.Select(line => $"{line.GetProperty("decision")} {line.GetProperty("rule")}"));
        Assert.DoesNotContain("123456", lines[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ada", lines[3].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await VerifyAsync(run)).ExitCode);

        var text = await File.ReadAllTextAsync(run.Folder.PathOf("audit.log"));
        run.Folder.Write("audit.log", text.Replace("would-deny", "allow", StringComparison.Ordinal));
        Assert.Equal(1, (await VerifyAsync(run)).ExitCode);
        run.Folder.Write("audit.log", string.Join('\n', text.Split('\n')[1..]));
        Assert.Equal(1, (await VerifyAsync(run)).ExitCode);
    }

    [Fact]
    public async Task LogThatIsFull_IsSetAside_AndTheChainGoesOn()
    {
        await using var run = await addons.StartAsync("  policy: {rules: [{name: all, action: deny}], audit: audit.log, audit-max-bytes: 1024, audit-key: key}");
        for (var i = 0; i < 12; i++) await run.CurlAsync($"/{i}");

        var files = Directory.GetFiles(run.Folder.FullName, "audit.log*").Order(StringComparer.Ordinal).ToList();
        Assert.True(files.Count > 2, string.Join(' ', files));
        Assert.Equal(12, files.Sum(file => File.ReadAllLines(file).Length));
        run.Folder.Write("audit.key", "key");
        Assert.Equal(0, (await VerifyAsync(run, [.. files[1..], files[0], "--key-file", "audit.key"])).ExitCode);
    }

    [Fact]
    public async Task SavedRules_AreLive_AndWrongOnesChangeNothing()
    {
        await using var run = await addons.StartAsync(Settings, ("policy.yaml", Rules));

        run.Folder.Write("policy.yaml", "- {name: open, action: alow}\n");
        await run.Proxy.UntilLoggedAsync("policy.yaml(1,24): [0].action \"alow\": expected");
        Assert.Equal("403 200", await run.StatusesAsync("http://ads.test/", "/x"));

        run.Folder.Write("policy.yaml", "- {name: open, action: allow, paths: [/open]}\n");
        await run.Proxy.UntilLoggedAsync("policy.csx was replaced (generation 2");
        Assert.Equal("200 403", await run.StatusesAsync("/open", "/x"));
        run.MayLogErrors();
    }

    private static Task<ProgramRun> VerifyAsync(AddonRun run, params string[] arguments) =>
        new ClientProgram(Repository.Executable, "scriptproxy", run.Folder.FullName).RunAsync(["audit", "verify", .. arguments.Length == 0 ? ["audit.log"] : arguments]);
}
