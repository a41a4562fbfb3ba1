using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons;

/// <summary>All addons that ship, configured at once, on one connection of curl.</summary>
public sealed class AllAddonsTests : IAsyncLifetime
{
    private const string Settings = """
        addons:
          access-log: {logs: [{file: access.log, json: {url: '%URL%', code: '%RESPONSE_CODE%', flags: '%RESPONSE_FLAGS%', tags: '%TAGS%'}}]}
          anticache: {enabled: true}
          anticomp: {enabled: true}
          block: {rules: ['|~u /ads|404', '|~u /hang|444']}
          cors: {filter: ~u /cors}
          fault: {rules: [{filter: ~u /fault, status: 503}]}
          go-modules: {directory: ./modules, hosts: [goproxy.test]}
          inject: {html: '<i>seen</i>', filter: ~u /page}
          map-local: {rules: ['|http://origin.test/static|./static']}
          map-remote: {rules: ['|/old/|/new/']}
          mask: {rules: [{headers: [X-Pin], json: [$..ssn], on: [record, origin, client]}]}
          mirror: {target: 'http://127.0.0.1:1/', filter: ~u /mirrored}
          mock: {responses: [{url: /mocked, body: mocked}]}
          modify-body: {rules: ['|~s & ~u /body|origin|proxy']}
          modify-headers: {rules: ['/~q/X-Tag/blue', '/~s/Server/']}
          policy: {rules: [{name: no deletes, action: deny, methods: [DELETE]}], audit: audit.log}
          rate-limit: {rules: [{filter: ~u /limited, requests: 1, window: 3600}]}
          sticky-auth: {filter: ~u /auth}
          sticky-cookie: {filter: ~u /cookie}
          throttle: {rules: [{filter: ~u /slow, latency: 0.01}]}
        """;

    private readonly TemporaryFolder _folder = new();
    private TestOrigin? _origin;
    private ProxyProcess? _proxy;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
        if (_origin is not null) await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task AllAtOnce_DoTheirParts_OnOneConnection()
    {
        var proxy = await StartAsync();
        string[][] requests =
        [
            ["/echo", "-H", "X-Pin: 1234", "-H", "If-None-Match: \"x\"", "-H", "Accept-Encoding: gzip"], ["/ads"], ["/cors", "-H", "Origin: http://app.test"], ["/fault"], ["/page"], ["/static/a.txt"],
            ["/old/x"], ["/mirrored"], ["/mocked"], ["/body"], ["/limited"], ["/limited"], ["/auth", "-H", "Authorization: Basic eDp5"], ["/auth"], ["/cookie"], ["/cookie"], ["/slow"], ["/json"], ["/echo", "-X", "DELETE"],
        ];
        List<string> arguments = ["--silent"];
        foreach (var request in requests)
        {
            if (arguments.Count > 1) arguments.Add("--next");
            arguments.AddRange(["--proxy", proxy.Url, "--write-out", "\n%{http_code} %{num_connects} %header{access-control-allow-origin}|\n", $"http://origin.test{request[0]}", .. request[1..]]);
        }

        var run = await new ClientProgram("curl", "curl", _folder.FullName).RunAsync([.. arguments]);
        var answers = run.Succeeded().Output.Split("|\n", StringSplitOptions.RemoveEmptyEntries).Select(answer => answer.Split('\n')).ToList();

        Assert.Equal(requests.Length, answers.Count);
        Assert.Equal(1, answers.Sum(answer => int.Parse(answer[^1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(
            ["200", "404", "200", "503", "200", "200", "200", "200", "200", "200", "200", "429", "200", "200", "200", "200", "200", "200", "403"],
            answers.Select(answer => answer[^1].Split(' ')[0]));
        string Body(int index) => string.Join('\n', answers[index][..^1]);
        Assert.Equal("GET /echo accept-encoding=identity x-pin=*** x-tag=blue", Body(0));
        Assert.EndsWith("http://app.test", answers[2][^1], StringComparison.Ordinal);
        Assert.Equal("<p>page</p><i>seen</i>", Body(4));
        Assert.Equal("local", Body(5));
        Assert.StartsWith("GET /new/x", Body(6), StringComparison.Ordinal);
        Assert.Equal("mocked", Body(8));
        Assert.Equal("from proxy", Body(9));
        Assert.Contains("authorization=Basic eDp5", Body(13), StringComparison.Ordinal);
        Assert.Contains("cookie=sid=1", Body(15), StringComparison.Ordinal);
        Assert.Equal("{\"ssn\": \"***\"}", Body(17));
        Assert.Contains("\"no deletes\"", Body(18), StringComparison.Ordinal);

        await proxy.UntilLoggedAsync("mirror.csx: 1 copies failed");
        proxy.Signal("TERM");
        Assert.Equal(0, await proxy.ExitAsync());
        var log = (await File.ReadAllLinesAsync(_folder.PathOf("access.log"))).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(requests.Length, log.Count);
        Assert.Contains(log, entry => entry.GetProperty("code").GetInt32() == 429 && entry.GetProperty("flags").GetString() == "RL");
        Assert.Contains("no deletes", Assert.Single(await File.ReadAllLinesAsync(_folder.PathOf("audit.log"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_IsShown()
    {
        var proxy = await StartAsync();

        var run = await new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = _folder.PathOf("ca") } }.RunAsync("addons", "--listen", proxy.EndPoint.ToString());

        var lines = run.Succeeded().Lines;
        Assert.Contains(
            "OnRequest runs in the order: policy.csx, block.csx, rate-limit.csx, fault.csx, throttle.csx, cors.csx, mock.csx, map-local.csx, go-modules.csx, anticache.csx, anticomp.csx, sticky-auth.csx, sticky-cookie.csx, "
            + "map-remote.csx, modify-headers.csx, modify-body.csx, lead.csx, mirror.csx, mask.csx",
            lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("Shipped and not loaded", StringComparison.Ordinal));
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        switch (request.Path.Value)
        {
            case "/page":
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<p>page</p>");
                break;
            case "/body":
                await context.Response.WriteAsync("from origin");
                break;
            case "/json":
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("{\"ssn\": \"078-05-1120\"}");
                break;
            default:
                if (request.Path == "/cookie") context.Response.Headers.SetCookie = "sid=1";
                string[] shown = ["accept-encoding", "authorization", "cookie", "if-none-match", "x-pin", "x-tag"];
                var fields = request.Headers.Where(field => shown.Contains(field.Key.ToLowerInvariant())).OrderBy(field => field.Key, StringComparer.OrdinalIgnoreCase).Select(field => $" {field.Key.ToLowerInvariant()}={field.Value}");
                await context.Response.WriteAsync($"{request.Method} {request.Path}{string.Concat(fields)}");
                break;
        }
    }

    private async Task<ProxyProcess> StartAsync()
    {
        _origin = await TestOrigin.StartAsync(AnswerAsync);
        _folder.Write("static/a.txt", "local");
        _folder.Write("scriptproxy.yaml", Settings);
        _folder.Write("lead.csx", $$"""
            void OnRequest(HttpFlow flow) { }
            void OnUpstreamConnecting(UpstreamConnect connect) { if (connect.Host == "origin.test") connect.ConnectTo("127.0.0.1", {{_origin.HttpEndPoint.Port}}); }
            """);
        return _proxy = await ProxyProcess.StartListeningAsync(_folder.FullName, "-s", "lead.csx");
    }
}
