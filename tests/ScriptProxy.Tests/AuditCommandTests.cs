using System.Net;
using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

/// <summary>Logs that the shipped policy addon wrote, in the real executable.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-audit-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private string Log => Path.Combine(_folder, "audit.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LogOfTheAddon_IsWholeUntilALineIsChangedOrRemoved()
    {
        await WriteAsync();
        var lines = await File.ReadAllLinesAsync(Log);
        Assert.Equal(5, lines.Length);

        Assert.Equal(0, await VerifyAsync());
        Assert.StartsWith("Whole: 5 lines up to number 5. Last hash: ", _output.ToString(), StringComparison.Ordinal);
        var last = _output.ToString().Trim()[^64..];

        Assert.StartsWith("(2,1): error: the line was changed", await ProblemAsync([lines[0], lines[1].Replace("/1", "/9", StringComparison.Ordinal), .. lines[2..]]), StringComparison.Ordinal);
        Assert.StartsWith("(2,1): error: 1 lines before this one are missing.", await ProblemAsync([lines[0], .. lines[2..]]), StringComparison.Ordinal);
        Assert.StartsWith("(3,1): error: the line does not follow the one before.", await ProblemAsync([lines[0], lines[1], lines[1], .. lines[2..]]), StringComparison.Ordinal);
        Assert.StartsWith("(1,1): error: the first line has number 2", await ProblemAsync(lines[1..]), StringComparison.Ordinal);
        Assert.StartsWith("(6,1): error: no line of an audit log.", await ProblemAsync([.. lines, "{}"]), StringComparison.Ordinal);

        await File.WriteAllLinesAsync(Log, lines[..^1]);
        Assert.Equal(0, await VerifyAsync());
        Assert.Equal(1, await VerifyAsync("--last", last));
    }

    [Fact]
    public async Task LogWithAKey_NeedsIt()
    {
        await WriteAsync("--set", "policy.audit-key=k");
        await File.WriteAllTextAsync(Path.Combine(_folder, "key"), "k\n");

        Assert.Equal(1, await VerifyAsync());
        Assert.Equal(0, await VerifyAsync("--key-file", Path.Combine(_folder, "key")));
    }

    [Fact]
    public async Task ProxyThatIsKilled_LosesNothingItAnswered()
    {
        int answered;
        await using (var proxy = Start())
        {
            using var client = Client(await proxy.ListeningAsync());
            var requests = Enumerable.Range(0, 200).Select(async i => (await client.GetAsync($"http://a.test/{i}")).StatusCode).ToList();
            await requests[20];
            proxy.Kill();
            var done = await Task.WhenAll(requests.Select(async request =>
            {
                try
                {
                    return await request == HttpStatusCode.Forbidden;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }));
            answered = done.Count(one => one);
        }

        Assert.True(answered > 0);
        Assert.True((await File.ReadAllTextAsync(Log)).Count(character => character == '\n') >= answered);
        await WriteAsync();
        Assert.Equal(0, await VerifyAsync());
    }

    [Fact]
    public async Task FileThatIsNotThere_IsNamed()
    {
        Assert.Equal(2, await VerifyAsync());
        Assert.Contains("audit.log", _error.ToString(), StringComparison.Ordinal);
    }

    private static HttpClient Client(int port) => new(new HttpClientHandler { Proxy = new WebProxy($"http://127.0.0.1:{port}") });

    private CommandProcess Start(params string[] more) =>
        CommandProcess.Start(null, ["--set", "policy.rules={name: all, action: deny}", "--set", $"policy.audit={Log}", .. more]);

    private async Task WriteAsync(params string[] more)
    {
        await using var proxy = Start(more);
        using var client = Client(await proxy.ListeningAsync());
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync($"http://a.test/{i}")).StatusCode);
    }

    private async Task<string> ProblemAsync(string[] lines)
    {
        await File.WriteAllLinesAsync(Log, lines);
        _output.GetStringBuilder().Clear();
        Assert.Equal(1, await VerifyAsync());
        return _output.ToString().Trim()[Log.Length..];
    }

    private Task<int> VerifyAsync(params string[] more) => new CommandLine(_output, _error, _ => null).RunAsync(["audit", "verify", Log, .. more]);
}
