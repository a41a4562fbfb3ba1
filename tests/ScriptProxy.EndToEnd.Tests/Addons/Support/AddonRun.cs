using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>
/// The command with shipped addons configured, and curl in front of it. Names that end with .test lead to the origin. Disposing stops the
/// proxy, which must end well and must not have logged an error.
/// </summary>
internal sealed class AddonRun : IAsyncDisposable
{
    /// <summary>The folder that is a disk of 64 KB, where there is one.</summary>
    public const string SmallDisk = "disk";

    private int _answers;
    private bool _mayLogErrors;

    private readonly Func<ProxyProcess> _start;

    private AddonRun(TemporaryFolder folder, ProxyProcess proxy, Func<ProxyProcess> start) => (Folder, Proxy, _start) = (folder, proxy, start);

    /// <summary>Where the proxy and curl run.</summary>
    public TemporaryFolder Folder { get; }

    public ProxyProcess Proxy { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<AddonRun> StartAsync(TestOrigin origin, string cache, string addons, (string Name, string Text)[] files, bool withSmallDisk = false)
    {
        var folder = new TemporaryFolder();
        try
        {
            ProxyProcess Starting() => Start(folder, origin, cache, addons, files, withSmallDisk);
            return new AddonRun(folder, await Starting().ListeningAsync(), Starting);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Starts the command; whether it listens is another matter.</summary>
    public static ProxyProcess Start(TemporaryFolder folder, TestOrigin origin, string cache, string addons, (string Name, string Text)[] files, bool withSmallDisk = false)
    {
        foreach (var (name, text) in files) folder.Write(name, text);
        folder.Write("scriptproxy.yaml", Settings(addons));
        folder.Write("lead.csx", $$"""
            void OnUpstreamConnecting(UpstreamConnect connect)
            {
                if (connect.Host.EndsWith(".test")) connect.ConnectTo("127.0.0.1", connect.IsTls ? {{origin.HttpsEndPoint.Port}} : {{origin.HttpEndPoint.Port}});
                else if (connect.Host != "127.0.0.1") connect.Refuse("Tests stay on this machine.");
            }
            """);
        string[] arguments = ["-s", "lead.csx", "--upstream-ca", origin.RootCertificatePath, "--cache-dir", cache];
        if (!withSmallDisk) return ProxyProcess.Start(folder.FullName, arguments);
        Assert.True(Environment.IsPrivilegedProcess, "A small disk cannot be mounted. Run this test as root, with CAP_SYS_ADMIN.");
        Directory.CreateDirectory(folder.PathOf(SmallDisk));
        const string Mount = $"mount -t tmpfs -o size=64k tmpfs {SmallDisk} && exec \"$0\" \"$@\"";
        return ProxyProcess.StartBy("unshare", "util-linux", folder.FullName, ["--mount", "sh", "-c", Mount, Repository.Executable, .. arguments]);
    }

    /// <summary>Runs curl; a target without a scheme is one of http://origin.test.</summary>
    public async Task<CurlAnswer> CurlAsync(string target, params string[] arguments)
    {
        var number = Interlocked.Increment(ref _answers);
        var (head, body) = (Folder.PathOf($"head{number}"), Folder.PathOf($"body{number}"));
        var run = await new ClientProgram("curl", "curl", Folder.FullName).RunAsync(
            ["--silent", "--show-error", "--proxy", Proxy.Url, "--cacert", Proxy.RootCertificatePath, "--suppress-connect-headers", "--write-out", "%{http_connect}", "--dump-header", head, "--output", body, target.StartsWith('/') ? "http://origin.test" + target : target, .. arguments]);
        return CurlAnswer.Of(run, head, body);
    }

    /// <summary>The body that curl got with status 200.</summary>
    public async Task<string> GetAsync(string target, params string[] arguments)
    {
        var answer = await CurlAsync(target, arguments);
        Assert.Equal((0, 200), (answer.ExitCode, answer.Status));
        return answer.Text;
    }

    /// <summary>The statuses of requests that are made one after the other, parted by spaces.</summary>
    public async Task<string> StatusesAsync(params string[] targets)
    {
        var statuses = new List<int>();
        foreach (var target in targets) statuses.Add((await CurlAsync(target)).Status);
        return string.Join(' ', statuses);
    }

    /// <summary>The statuses of many requests on one connection.</summary>
    /// <param name="targets">With the ranges of curl: /a?[1-9].</param>
    public async Task<List<int>> BurstAsync(string targets)
    {
        var run = await new ClientProgram("curl", "curl", Folder.FullName).RunAsync("--silent", "--proxy", Proxy.Url, "--output", "/dev/null", "--write-out", "%{http_code}\n", "http://origin.test" + targets);
        return [.. run.Lines.Select(line => int.Parse(line, System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>The full path of a file of the small disk, for this process.</summary>
    public string OnSmallDisk(string name) => Proxy.Seen(Folder.PathOf($"{SmallDisk}/{name}"));

    /// <summary>Writes other options for the addons; they are live once the proxy has said so.</summary>
    public void Configure(string addons)
    {
        // Beside its place, and moved there: the proxy never sees half a file.
        Folder.Write("scriptproxy.yaml.new", Settings(addons));
        File.Move(Folder.PathOf("scriptproxy.yaml.new"), Folder.PathOf("scriptproxy.yaml"), overwrite: true);
    }

    /// <summary>Says that the test made something go wrong: the proxy's log may hold errors.</summary>
    public void MayLogErrors() => _mayLogErrors = true;

    /// <summary>Stops the proxy in order, so that what it writes last is there.</summary>
    public async Task StopAsync()
    {
        Proxy.Signal("TERM");
        Assert.Equal(0, await Proxy.ExitAsync());
    }

    /// <summary>Starts the proxy anew, in the same folder, with the same options and the files that are there. To be disposed before this one.</summary>
    public async Task<AddonRun> RestartAsync() => new(Folder, await _start().ListeningAsync(), _start);

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!Proxy.HasExited) await StopAsync();
            if (!_mayLogErrors) Assert.DoesNotContain(Proxy.Errors, line => line.Contains("error: ", StringComparison.Ordinal));
        }
        finally
        {
            await Proxy.DisposeAsync();
            Folder.Dispose();
        }
    }

    private static string Settings(string addons) => $"addons:\n{addons}\n";
}
