using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>
/// The command with shipped addons configured, and curl in front of it. Names that end with .test lead to the origin. Disposing stops the
/// proxy, which must end well and must not have logged an error.
/// </summary>
internal sealed class AddonRun : IAsyncDisposable
{
    private int _answers;
    private bool _mayLogErrors;

    private AddonRun(TemporaryFolder folder, ProxyProcess proxy) => (Folder, Proxy) = (folder, proxy);

    /// <summary>Where the proxy and curl run.</summary>
    public TemporaryFolder Folder { get; }

    public ProxyProcess Proxy { get; private set; }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<AddonRun> StartAsync(TestOrigin origin, string cache, string addons, (string Name, string Text)[] files)
    {
        var folder = new TemporaryFolder();
        try
        {
            return new AddonRun(folder, await Start(folder, origin, cache, addons, files).ListeningAsync());
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Starts the command; whether it listens is another matter.</summary>
    public static ProxyProcess Start(TemporaryFolder folder, TestOrigin origin, string cache, string addons, (string Name, string Text)[] files)
    {
        foreach (var (name, text) in files) folder.Write(name, text);
        folder.Write("scriptproxy.yaml", Settings(addons));
        folder.Write("lead.csx", $$"""
            void OnUpstreamConnecting(UpstreamConnect connect)
            {
                if (connect.Host.EndsWith(".test")) connect.ConnectTo("127.0.0.1", connect.IsTls ? {{origin.HttpsEndPoint.Port}} : {{origin.HttpEndPoint.Port}});
                else connect.Refuse("Tests stay on this machine.");
            }
            """);
        return ProxyProcess.Start(folder.FullName, "-s", "lead.csx", "--upstream-ca", origin.RootCertificatePath, "--cache-dir", cache);
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

    /// <summary>Kills the proxy, and starts it anew in the same folder.</summary>
    /// <param name="restart">Starts it.</param>
    public async Task KillAndRestartAsync(Func<ProxyProcess> restart)
    {
        Proxy.Kill();
        await Proxy.DisposeAsync();
        Proxy = await restart().ListeningAsync();
    }

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
