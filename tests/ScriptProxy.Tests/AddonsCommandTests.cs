using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ScriptProxy.Cli;
using ScriptProxy.Cli.Control;

namespace ScriptProxy.Tests;

public sealed class AddonsCommandTests : IDisposable
{
    private const string Script = """
        record Options { [Option("Word.")] public string Word { get; init; } = "default"; [Option("Key.")] public string ApiKey { get; init; } = ""; }
        Options options = new();
        void OnLoad(AddonContext context) => context.State.GetOrAdd("counts", () => new List<int>());
        void OnRequest(HttpFlow flow) => throw new InvalidOperationException("no");
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-cli-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RunningProxy_TellsWhatItHasLoaded()
    {
        await using var proxy = StartProxy("--set", "say.api-key=hunter2");
        var port = await proxy.ListeningAsync();
        using var client = new HttpClient(new HttpClientHandler { Proxy = new WebProxy($"http://127.0.0.1:{port}") });
        Assert.Equal(HttpStatusCode.BadGateway, (await client.GetAsync("http://origin.test/")).StatusCode);

        Assert.Equal(0, await AskAsync(proxy));

        var lines = _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches($@"^127\.0\.0\.1:{port} \(process \d+, version {VersionInfo.Version}\): generation 1$", lines[0]);
        Assert.Equal(
            [
                $"1. say.csx (since generation 1): {proxy.PathOf("say.csx")}",
                "   hooks: OnRequest (1 call, 1 failed)",
                "   option say.word: default (default)",
                "   option say.api-key: \"***\" (--set say.api-key)",
                "   state: counts",
            ],
            lines[1..^1]);
        Assert.StartsWith("Shipped and not loaded, as no option of theirs is set: access-log, ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShippedAddonWithAnOption_IsLoadedAndListedInOrder()
    {
        await using var proxy = StartProxy("--set", "anticache.enabled");
        await proxy.ListeningAsync();

        Assert.Equal(0, await AskAsync(proxy));

        Assert.Contains("2. anticache.csx (since generation 1): ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("OnRequest runs in the order: anticache.csx, say.csx", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsOneDocumentWithoutSecrets()
    {
        await using var proxy = StartProxy("--set", "say.api-key=hunter2");
        var port = await proxy.ListeningAsync();

        Assert.Equal(0, await AskAsync(proxy, "--json", "--listen", $":{port}"));

        Assert.DoesNotContain("hunter2", _output.ToString(), StringComparison.Ordinal);
        var addon = Assert.Single(JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("addons").EnumerateArray());
        Assert.Equal("say.csx", addon.GetProperty("name").GetString());
        Assert.Equal(("OnRequest", 0), (addon.GetProperty("hooks")[0].GetProperty("name").GetString(), addon.GetProperty("hooks")[0].GetProperty("calls").GetInt32()));
        Assert.Equal("--set say.api-key", addon.GetProperty("options")[1].GetProperty("source").GetString());
    }

    [Fact]
    public async Task Socket_IsForItsOwnerAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();
        await AskAsync(proxy);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ControlPath.Of(proxy.PathOf("ca"), port)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(proxy.PathOf("ca")));
    }

    [Fact]
    public async Task StoppedProxy_LeavesNoSocket()
    {
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();
        proxy.Signal("TERM");
        Assert.Equal(0, await proxy.ExitAsync());

        Assert.False(File.Exists(ControlPath.Of(proxy.PathOf("ca"), port)));
    }

    [Fact]
    public async Task SocketOfAKilledProxy_IsRemoved()
    {
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();
        proxy.Signal("KILL");
        await proxy.ExitAsync();
        Assert.True(File.Exists(ControlPath.Of(proxy.PathOf("ca"), port)));

        Assert.Equal(1, await AskAsync(proxy));

        Assert.Equal($"No proxy of this user is running with the certificate folder {proxy.PathOf("ca")}. Name another with --ca-dir.{Environment.NewLine}", _error.ToString());
        Assert.False(File.Exists(ControlPath.Of(proxy.PathOf("ca"), port)));
    }

    [Fact]
    public async Task OtherPort_IsNamedWithThoseThatRun()
    {
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();

        Assert.Equal(1, await AskAsync(proxy, "--listen", ":1"));

        Assert.Equal($"No proxy of this user listens on port 1 with the certificate folder {proxy.PathOf("ca")}. Running: :{port}.{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task UnknownCommand_IsAnsweredWithTheVersion()
    {
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();

        var answer = await ControlClient.AskAsync(ControlPath.Of(proxy.PathOf("ca"), port), "dance", CancellationToken.None);

        Assert.Equal($"this proxy ({VersionInfo.Version}) does not know that command.", answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task EndlessCommand_IsCutOff_AndOthersAreAnswered()
    {
        await using var proxy = StartProxy();
        var port = await proxy.ListeningAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(ControlPath.Of(proxy.PathOf("ca"), port)));
        await socket.SendAsync(Encoding.ASCII.GetBytes(new string('x', 4096)));

        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
        Assert.Equal(0, await AskAsync(proxy));
    }

    [Fact]
    public async Task FolderTooDeepForASocket_IsWarnedOf()
    {
        var deep = string.Join('/', Enumerable.Repeat("a-rather-long-name", 8));
        await using var proxy = CommandProcess.Start(null, "--ca-dir", deep);
        await proxy.ListeningAsync();

        await proxy.UntilAsync(() => proxy.Errors.Any(line => line.Contains("do not reach this proxy", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task NothingRunning_IsSaid()
    {
        Assert.Equal(1, await new CommandLine(_output, _error, _ => null).RunAsync(["addons", "--ca-dir", _folder]));
        Assert.Equal($"No proxy of this user is running with the certificate folder {_folder}. Name another with --ca-dir.{Environment.NewLine}", _error.ToString());
    }

    private static CommandProcess StartProxy(params string[] words) =>
        CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, "say.csx"), Script), ["-s", "say.csx", .. words]);

    /// <summary>The banner comes when everything is ready, the socket included.</summary>
    private async Task<int> AskAsync(CommandProcess proxy, params string[] words) =>
        await new CommandLine(_output, _error, _ => null).RunAsync(["addons", "--ca-dir", proxy.PathOf("ca"), .. words]);
}
