using System.Text.Json;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Shipped;

public sealed class AccessLogTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Default_IsEnvoysLine()
    {
        var lines = await LogAsync("", FlowBuilder.Post("https://a.test/x?token=hunter2").WithHeader("User-Agent", "curl \"8\"").WithText("body").WithResponse(201, "made it"));

        Assert.Matches(
            """^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "POST /x\?token=\*\*\*[0-9a-f]{6} HTTP/1\.1" 201 - 4 7 \d+ (\d+|-) "-" "curl \\"8\\"" "-" "a\.test" "-"$""", Assert.Single(lines));
    }

    [Theory]
    [InlineData("%REQ(:METHOD)% %REQ(:SCHEME)% %REQ(:AUTHORITY)% %REQ(:PATH)%", "GET https a.test:8443 /p?q=1")]
    [InlineData("%REQ(X-NONE?X-A):3%|%RESP(X-B)%|%RESP(X-NONE)%", "abc|1,2|-")]
    [InlineData("%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %PROTOCOL%", "503 via_upstream HTTP/1.1")]
    [InlineData("%BYTES_RECEIVED% %BYTES_SENT% 100%%", "0 2 100%")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "127.0.0.1")]
    [InlineData("%TAGS% %RESPONSE_FLAGS%", "fault,limited RL,FI")]
    [InlineData("%DYNAMIC_METADATA(team)% %DYNAMIC_METADATA(none)%", "blue -")]
    [InlineData("%TRAILER(grpc-message)% %GRPC_STATUS% %GRPC_STATUS_NUMBER%", "no NotFound 5")]
    [InlineData("%REQ(AUTHORIZATION)%", "Bearer ***")]
    [InlineData("%HOSTNAME%%ENVIRONMENT(SCRIPTPROXY_NOT_SET)%", null)]
    public async Task Operator_TellsItsValue(string format, string? expected)
    {
        var lines = await LogAsync($", format: '{format}'", FlowBuilder.Get("https://a.test:8443/p?q=1").WithHeader("X-A", "abcdef").WithHeader("Authorization", "Bearer secret")
            .WithResponse(ResponseBuilder.Of(503).WithHeader("X-B", "1").WithHeader("X-B", "2").WithChunks("ok").WithTrailer("grpc-status", "5").WithTrailer("grpc-message", "no")));

        expected ??= Environment.MachineName + "-";
        Assert.StartsWith(expected, Assert.Single(lines), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_IsWrittenAsStrftimeSays() =>
        Assert.Matches(@"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3} \d{10} [A-Z][a-z]{2} %$", Assert.Single(await LogAsync(", format: '%START_TIME(%Y/%m/%d %T.%3f %s %b %%)%'", FlowBuilder.Get("https://a.test/"))));

    [Fact]
    public async Task Json_KeepsNumbersAndNulls()
    {
        var lines = await LogAsync(", json: {code: '%RESPONSE_CODE%', agent: '%REQ(USER-AGENT)%', both: '%REQ(:METHOD)% %RESPONSE_CODE%', url: '%URL%'}", FlowBuilder.Get("https://a.test/?password=hunter2"));

        var entry = JsonDocument.Parse(Assert.Single(lines)).RootElement;
        Assert.Equal((200, JsonValueKind.Null, "GET 200"), (entry.GetProperty("code").GetInt32(), entry.GetProperty("agent").ValueKind, entry.GetProperty("both").GetString()));
        Assert.DoesNotContain("hunter2", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmptyValues_CanBeLeftOut() =>
        Assert.Equal("{\"code\":\"200\"}", Assert.Single(await LogAsync(", typed: false, omit-empty: true, json: {agent: '%REQ(USER-AGENT)%', code: '%RESPONSE_CODE%'}", FlowBuilder.Get("https://a.test/"))));

    [Fact]
    public async Task Filter_ChoosesFlows()
    {
        var lines = await LogAsync(", filter: ~c 404, format: '%RESPONSE_CODE%'", FlowBuilder.Get("https://a.test/"), FlowBuilder.Get("https://a.test/").WithResponse(404));

        Assert.Equal(["404"], lines);
    }

    [Theory]
    [InlineData("dns_error", 502, "DF")]
    [InlineData("connection_refused", 502, "UF")]
    [InlineData("http_response_timeout", 504, "UT")]
    [InlineData("connection_terminated", 502, "UC")]
    public async Task Failure_HasItsFlag(string type, int status, string flag) => Assert.Equal(
        [$"{flag} {type} no"], await LogAsync(", format: '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%'", FlowBuilder.Get("https://a.test/").WithError(new FlowError(type, status, "no"))));

    [Fact]
    public async Task EveryFlow_IsThereAfterTheEnd()
    {
        var lines = await LogAsync(", format: '%STREAM_ID%'", [.. Enumerable.Range(0, 2_000).Select(_ => FlowBuilder.Get("https://a.test/"))]);

        Assert.Equal(2_000, lines.Distinct().Count());
    }

    [Fact]
    public async Task Reload_LosesNoLine()
    {
        await using (var host = await AddonHost.LoadAsync(new AddonHostOptions { Script = await System.IO.File.ReadAllTextAsync(ShippedScripts.PathOf("access-log")), Set = [$"script.logs={{file: {File("a.log")}, format: '%STREAM_ID%'}}"] }))
        {
            for (var i = 0; i < 5; i++)
            {
                for (var j = 0; j < 20; j++) await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"));
                await host.ReloadAsync(await System.IO.File.ReadAllTextAsync(ShippedScripts.PathOf("access-log")) + $"\n// {i}");
            }
        }

        Assert.Equal(100, (await System.IO.File.ReadAllLinesAsync(File("a.log"))).Distinct().Count());
    }

    [Fact]
    public async Task FileThatIsTooLong_IsSetAside_AndOldOnesGo()
    {
        _folder.Write("a.log.20200101-000000", "old");
        await using (var host = await ShippedScripts.LoadAsync("access-log", $"logs={{file: {File("a.log")}, format: {new string('x', 99)}, max-bytes: 250, keep: 2}}"))
        {
            for (var i = 1; i <= 6; i++)
            {
                await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"));
                await Eventually.HoldsAsync(() => new DirectoryInfo(_folder.Root).GetFiles("a.log*").Where(file => !file.Name.Contains("20200101", StringComparison.Ordinal)).Sum(file => file.Length) == 100 * i);
            }
        }

        string[] aside = [.. Directory.GetFiles(_folder.Root).Where(file => file != File("a.log"))];
        Assert.Equal(2, aside.Length);
        Assert.DoesNotContain(File("a.log.20200101-000000"), aside);
        Assert.Equal(6, aside.Append(File("a.log")).SelectMany(System.IO.File.ReadAllLines).Count());
    }

    [Fact]
    public async Task FileMovedAway_IsBegunAnew()
    {
        await using var host = await ShippedScripts.LoadAsync("access-log", $"logs={{file: {File("a.log")}, format: line}}");
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"));
        await Eventually.HoldsAsync(() => System.IO.File.Exists(File("a.log")) && new FileInfo(File("a.log")).Length > 0);

        System.IO.File.Move(File("a.log"), File("moved.log"));
        await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"));

        await Eventually.HoldsAsync(() => System.IO.File.Exists(File("a.log")) && new FileInfo(File("a.log")).Length > 0);
    }

    [Fact]
    public async Task LogThatCannotBeWritten_HoldsUpNoFlow_AndCountsWhatIsMissing()
    {
        await using var host = await ShippedScripts.LoadAsync("access-log", "queue=10", $"logs={{file: {File("a.log")}, format: line}}");
        Directory.CreateDirectory(File("a.log"));

        for (var i = 0; i < 500; i++) Assert.Equal(200, (await ShippedScripts.RunAsync(host, FlowBuilder.Get("https://a.test/"))).Response!.StatusCode);
        await host.DisposeAsync();

        Assert.Contains(host.LogLines, line => line.Contains("entries are missing in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tunnel_IsALineToo()
    {
        await using (var host = await ShippedScripts.LoadAsync("access-log", $"logs={{file: {File("a.log")}, format: '%REQ(:METHOD)% %REQ(:AUTHORITY)% %BYTES_SENT%'}}"))
        {
            var tunnel = TestConnections.Tunnel("pinned.test");
            await host.TunnelStartAsync(tunnel);
            await host.TcpDataAsync(tunnel, fromClient: false, new byte[7]);
            await host.TunnelEndAsync(tunnel);
        }

        Assert.Equal("CONNECT pinned.test:443 7", Assert.Single(await System.IO.File.ReadAllLinesAsync(File("a.log"))));
    }

    [Theory]
    [InlineData("logs={file: a.log, format: '%NOPE%'}", "column 1: there is no operator %NOPE%.")]
    [InlineData("logs={file: a.log, format: 'x %REQ(A%'}", "column 7: this '(' is not closed.")]
    [InlineData("logs={file: a.log, format: '%ROUTE_NAME%'}", "column 1: %ROUTE_NAME% has no meaning in this proxy.")]
    [InlineData("logs={file: a.log, format: '50% off'}", "column 4: expected % at the operator's end")]
    [InlineData("logs={file: /nowhere/a.log}", "there is no folder /nowhere")]
    [InlineData("logs={format: x}", "'file' is missing.")]
    public async Task WrongLog_StopsTheStart(string option, string problem) => Assert.Contains(problem, await ShippedScripts.ErrorAsync("access-log", option), StringComparison.Ordinal);

    private string File(string name) => _folder.PathOf(name);

    private async Task<string[]> LogAsync(string options, params FlowBuilder[] flows)
    {
        await using (var host = await ShippedScripts.LoadAsync("access-log", $"logs={{file: {File("a.log")}{options}}}"))
        {
            foreach (var builder in flows)
            {
                var flow = builder.Build();
                flow.Tags.UnionWith(options.Contains("%TAGS%", StringComparison.Ordinal) ? ["limited", "fault"] : []);
                flow.Metadata["team"] = "blue";
                await host.RunAsync(flow);
            }
        }

        return await System.IO.File.ReadAllLinesAsync(File("a.log"));
    }
}
