using System.Text.Json;
using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class AccessLogTests(AddonsFixture addons)
{
    [Fact]
    public async Task Flows_AreLoggedInEveryFormat()
    {
        await using var run = await addons.StartAsync("""
              access-log:
                logs:
                  - {file: envoy.log}
                  - {file: stdout, format: 'flow %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %REQ(X-TAG?USER-AGENT):3% %RESP(CONTENT-TYPE)%', filter: ~u /say}
                  - {file: errors.json, filter: '~c 5xx | ~e', json: {url: '%URL%', code: '%RESPONSE_CODE%', flags: '%RESPONSE_FLAGS%', path: 'to %REQ(:AUTHORITY)%'}}
            """);

        await run.GetAsync(SayingOrigin.Say("hello"), "--header", "X-Tag: blue\u00e4", "--user-agent", "a \"quoted\" one");
        await run.CurlAsync("https://origin.test/say?status=503&token=s3cret", "--http2");
        await run.CurlAsync("http://elsewhere.invalid/");
        await run.StopAsync();

        var lines = await File.ReadAllLinesAsync(run.Folder.PathOf("envoy.log"));
        Assert.Equal(3, lines.Length);
        Assert.Matches("""^\[20\d\d-\d\d-\d\dT[0-9:.]+Z\] "GET /say\?type=text%2Fplain&body=hello HTTP/1[.]1" 200 - 0 5 \d+ \d+ "-" "a \\"quoted\\" one" "-" "origin[.]test" "127[.]0[.]0[.]1:\d+"$""", lines[0]);
        Assert.Contains("HTTP/2", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Contains("flow GET /say?type=text%2Fplain&body=hello 200 blu text/plain", run.Proxy.Output);
        var errors = (await File.ReadAllLinesAsync(run.Folder.PathOf("errors.json"))).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([503, 403], errors.Select(error => error.GetProperty("code").GetInt32()));
        Assert.Equal((JsonValueKind.Null, "to origin.test"), (errors[0].GetProperty("flags").ValueKind, errors[0].GetProperty("path").GetString()));
    }

    [Fact]
    public async Task FileThatIsFull_IsSetAside_AndTheOldestGo()
    {
        await using var run = await addons.StartAsync("  access-log: {logs: [{file: access.log, format: '%REQ(:PATH)%', max-bytes: 60, keep: 2}]}");
        var path = "/" + new string('x', 40);
        for (var i = 0; i < 5; i++)
        {
            await run.GetAsync(path + i);
            await run.Proxy.UntilAsync(() => File.Exists(run.Folder.PathOf("access.log")) && File.ReadAllText(run.Folder.PathOf("access.log")).Contains(path + i, StringComparison.Ordinal));
        }

        Assert.Equal(3, Directory.GetFiles(run.Folder.FullName, "access.log*").Length);
    }

    [Fact]
    public async Task FileMovedAway_IsBegunAnew()
    {
        await using var run = await addons.StartAsync("  access-log: {logs: [{file: access.log, format: '%REQ(:PATH)%'}]}");
        await run.GetAsync("/one");
        await run.Proxy.UntilAsync(() => File.Exists(run.Folder.PathOf("access.log")));
        File.Move(run.Folder.PathOf("access.log"), run.Folder.PathOf("old.log"));

        await run.GetAsync("/two");
        await run.StopAsync();

        Assert.Equal(["/one"], await File.ReadAllLinesAsync(run.Folder.PathOf("old.log")));
        Assert.Equal(["/two"], await File.ReadAllLinesAsync(run.Folder.PathOf("access.log")));
    }
}
