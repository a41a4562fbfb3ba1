using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>
/// The built command, running in a folder of its own, with a root certificate of its own, on a free port of 127.0.0.1. Disposing kills it
/// when it still runs.
/// </summary>
internal sealed partial class ProxyProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ProcessOutput _output = new();
    private readonly ProcessOutput _errors = new();
    private readonly List<HttpClient> _clients = [];
    private readonly string _folder;

    private ProxyProcess(string folder, string program, string[] arguments)
    {
        _folder = folder;
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SCRIPTPROXY_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        start.Environment["HOME"] = folder;
        start.Environment.Remove("XDG_CACHE_HOME");
        start.Environment["SCRIPTPROXY_CA_DIR"] = Path.Combine(folder, "ca");
        start.Environment["SCRIPTPROXY_LISTEN"] = "127.0.0.1:0";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += _output.Add;
        _process.ErrorDataReceived += _errors.Add;
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, as its banner says. Once it is ready.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>What clients are told to use: http://127.0.0.1:port.</summary>
    public string Url => $"http://{EndPoint}";

    /// <summary>The file that clients have to trust.</summary>
    public string RootCertificatePath => Path.Combine(_folder, "ca", "ca.pem");

    /// <summary>Standard output so far, by line.</summary>
    public string[] Output => _output.Lines;

    /// <summary>Standard error so far, by line.</summary>
    public string[] Errors => _errors.Lines;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The files that it has in memory, libraries among them. Linux only.</summary>
    public string MappedFiles => File.ReadAllText($"/proc/{_process.Id}/maps");

    /// <summary>A file as the proxy sees it, where it has mounts of its own. Linux only, while it runs.</summary>
    /// <param name="path">Its full path.</param>
    public string Seen(string path) => $"/proc/{_process.Id}/root{path}";

    /// <summary>Both outputs, for messages of failing tests.</summary>
    public string Told => $"The proxy said:\n{_errors.Text}\n{_output.Text}\n";

    /// <summary>Starts it; whether it listens is another matter.</summary>
    /// <param name="folder">Where it runs: its home, working folder and the place of its root certificate.</param>
    /// <param name="arguments">The command line.</param>
    public static ProxyProcess Start(string folder, params string[] arguments) => new(folder, Repository.Executable, arguments);

    /// <summary>Starts it by way of another program.</summary>
    /// <param name="program">Which one; it is found on PATH.</param>
    /// <param name="package">The Debian package that brings it.</param>
    /// <param name="folder">Where both run.</param>
    /// <param name="arguments">Its command line, in which <see cref="Repository.Executable"/> is one.</param>
    public static ProxyProcess StartBy(string program, string package, string folder, params string[] arguments) =>
        new(folder, new ClientProgram(program, package, folder).Find(), arguments);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="folder">Where it runs: its home, working folder and the place of its root certificate.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task<ProxyProcess> StartListeningAsync(string folder, params string[] arguments)
    {
        return await Start(folder, arguments).ListeningAsync();
    }

    /// <summary>Waits until it listens; it is disposed when it does not.</summary>
    public async Task<ProxyProcess> ListeningAsync()
    {
        try
        {
            var banner = Match.Empty;
            await UntilAsync(() => Errors.Any(line => (banner = ListensOn().Match(line)).Success));
            EndPoint = IPEndPoint.Parse(banner.Groups[1].Value);
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>A client in the test's process that goes through it and trusts it alone. Disposed with it.</summary>
    /// <param name="version">The only HTTP version it speaks over TLS; null means 1.1.</param>
    public HttpClient CreateClient(Version? version = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            Proxy = new WebProxy(Url),
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        };
        var client = new HttpClient(handler)
        {
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Eventually.Patience,
        };
        _clients.Add(client);
        return client;
    }

    /// <summary>Polls until the condition holds; fails when the process ends before or takes too long.</summary>
    public Task UntilAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            if (condition()) return true;
            Assert.False(HasExited && !condition(), $"The proxy ended before it should. {Told}");
            return false;
        },
        () => Told);

    /// <summary>Waits for a line on standard error.</summary>
    /// <returns>The first one that contains the text.</returns>
    public async Task<string> UntilLoggedAsync(string part)
    {
        string? found = null;
        await UntilAsync(() => (found = Errors.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal))) is not null);
        return found!;
    }

    /// <summary>Waits until nobody is accepted any more.</summary>
    public Task UntilRefusingAsync() => Eventually.TrueAsync(
        () =>
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(EndPoint);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        () => $"It still accepts connections. {Told}");

    /// <summary>Sends a signal, such as TERM.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString()]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Ends it without a chance to finish anything.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end, and for the last of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var timeout = new CancellationTokenSource(Eventually.Patience);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@" listens on (\S+:\d+)(?:$|,| \()")]
    private static partial Regex ListensOn();
}
