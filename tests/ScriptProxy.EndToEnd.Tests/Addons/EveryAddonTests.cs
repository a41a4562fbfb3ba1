using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Addons.Support;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>What holds for each addon that ships: a bad value stops the start, and changes nothing of a proxy that runs.</summary>
[Collection(ShippedAddons.Name)]
public sealed class EveryAddonTests(AddonsFixture addons)
{
    private static readonly Dictionary<string, (string Good, string Bad, string Problem)> Examples = new()
    {
        ["access-log"] = ("{logs: [{file: access.log}]}", "{logs: [{file: access.log, format: 'x %RESPONSE_COD%'}]}", "scriptproxy.yaml(2,50): addons.access-log.logs[0].format: column 3: there is no operator %RESPONSE_COD%."),
        ["anticache"] = ("{enabled: true}", "{enabled: perhaps}", "scriptproxy.yaml(2,24): addons.anticache.enabled \"perhaps\": expected true or false"),
        ["anticomp"] = ("{enabled: true}", "{enabled: true, filtr: ~all}", "scriptproxy.yaml(2,29): addons.anticomp.filtr: there is no 'filtr'; did you mean 'filter'?"),
        ["block"] = ("{rules: ['|~u /ads|404']}", "{rules: ['|~u /ads|999']}", "scriptproxy.yaml(2,19): addons.block.rules[0] \"|~u /ads|999\": expected a status from 200 to 599, or 444 to hang up, got 999."),
        ["cors"] = ("{filter: ~all}", "{filter: ~all, max-age: 90000}", "scriptproxy.yaml(2,33): addons.cors.max-age \"90000\": expected 0 to 86400"),
        ["fault"] = ("{rules: [{filter: ~u /fault, status: 503}]}", "{rules: [{filter: ~u /fault}]}", "scriptproxy.yaml(2,19): addons.fault.rules[0]: expected status, abort or delay"),
        ["go-modules"] = ("{directory: ./modules}", "{directory: ./modules, upstream: 'ftp://x.test'}", "scriptproxy.yaml(2,48): addons.go-modules.upstream: expected an http or https URL"),
        ["inject"] = ("{html: <i>x</i>}", "{html: x, file: y}", "addons.inject: expected html or file, got both"),
        ["map-local"] = ("{rules: ['|/x|.']}", "{rules: ['|/x|./missing']}", "scriptproxy.yaml(2,23): addons.map-local.rules[0] \"|/x|./missing\": there is no file or folder "),
        ["map-remote"] = ("{rules: ['|/x|/y']}", "{rules: ['|/x(|/y']}", "scriptproxy.yaml(2,24): addons.map-remote.rules[0] \"|/x(|/y\": "),
        ["mask"] = ("{rules: [{headers: [X-Pin]}]}", "{rules: [{tokens: [gihub]}]}", "scriptproxy.yaml(2,18): addons.mask.rules[0]: there is no token shape 'gihub'. Known: all, aws, github"),
        ["mirror"] = ("{target: 'http://127.0.0.1:1'}", "{target: nowhere}", "scriptproxy.yaml(2,20): addons.mirror.target \"nowhere\": expected"),
        ["mock"] = ("{responses: [{url: /mock}]}", "{responses: [{url: /mock, status: 99}]}", "addons.mock.responses[0].status \"99\": expected 200 to 599"),
        ["modify-body"] = ("{rules: ['/a/b']}", "{rules: ['/a/@missing']}", "addons.modify-body.rules[0] \"/a/@missing\": there is no file missing."),
        ["modify-headers"] = ("{rules: ['/~q/X-Tag/x']}", "{rules: ['/~q/X Tag/x']}", "addons.modify-headers.rules[0] \"/~q/X Tag/x\": expected the name of a header field, got \"X Tag\"."),
        ["policy"] = ("{rules: [{name: a, action: deny, paths: [/x]}]}", "{rules: [{name: a, action: deny, times: [Moon]}]}", "addons.policy.rules[0].times[0] \"Moon\": expected days and times such as \"Mon-Fri 08:00-18:00\", got \"Moon\"."),
        ["rate-limit"] = ("{rules: [{requests: 9}]}", "{rules: [{requests: 0}]}", "addons.rate-limit.rules[0].requests \"0\": expected 1 or more"),
        ["sticky-auth"] = ("{filter: ~all}", "{filter: '~d ('}", "addons.sticky-auth.filter"),
        ["sticky-cookie"] = ("{filter: ~all}", "{filter: ~d a & }", "addons.sticky-cookie.filter"),
        ["throttle"] = ("{rules: [{download: 10m}]}", "{rules: [{download: 0}]}", "addons.throttle.rules[0].download \"0\": expected 1 or more"),
    };

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "addons"), "*.csx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Addon_HasEndToEndTests(string name)
    {
        var tests = GetType().Assembly.GetType($"{GetType().Namespace}.{name.Replace("-", "", StringComparison.Ordinal)}Tests", throwOnError: false, ignoreCase: true);

        Assert.True(tests is not null, $"addons/{name}.csx needs end-to-end tests of its own, beside this class.");
        Assert.Contains(tests.GetMethods(), method => method.IsDefined(typeof(FactAttribute), inherit: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task BadValue_StopsTheStart_NamingPlaceOptionAndRemedy(string name)
    {
        var (_, bad, problem) = Examples[name];

        var said = await addons.RefusedAsync($"  {name}: {bad}");

        Assert.Matches(@"^scriptproxy[.]yaml\(2,\d+\): ", said);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadValueOnReload_LeavesWhatRuns_ForEachAddon()
    {
        var good = Examples.ToDictionary(example => example.Key, example => $"  {example.Key}: {example.Value.Good}");
        await using var run = await addons.StartAsync(string.Join('\n', good.Values));
        Assert.Equal("404 503 200", await run.StatusesAsync("/ads", "/fault", "/mock"));
        foreach (var (name, example) in Examples)
        {
            var problem = Regex.Replace(example.Problem, @"^scriptproxy[.]yaml\(2,\d+\): ", "");
            run.Configure(string.Join('\n', good.Select(one => one.Key == name ? $"  {name}: {example.Bad}" : one.Value)));
            await run.Proxy.UntilLoggedAsync(problem);
        }

        Assert.Equal("404 503 200", await run.StatusesAsync("/ads", "/fault", "/mock"));
        Assert.DoesNotContain(run.Proxy.Errors, line => line.Contains("generation 2", StringComparison.Ordinal));
        run.MayLogErrors();
    }
}
