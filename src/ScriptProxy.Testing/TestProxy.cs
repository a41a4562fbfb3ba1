using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting;

namespace ScriptProxy.Testing;

/// <summary>
/// A real proxy in the test's process, on a free port of 127.0.0.1, with a script or addons to test. Finds test origins by their names:
/// https://origin.test/ reaches the one it was started with. Disposing it fails when it logged an error.
/// </summary>
public sealed class TestProxy : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private readonly ProxyServer _server;
    private readonly LogCollector _log = new();
    private readonly FlowCollector _flows = new();
    private readonly ILoggerFactory _loggerFactory;
    private readonly List<HttpClient> _clients = [];
    private string? _scriptDirectory;
    private ScriptHost? _scripts;

    private TestProxy(TestProxyOptions options)
    {
        AllowErrors = options.AllowErrors;
        _loggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log));
        _server = new ProxyServer(ForTests(options.Proxy), _loggerFactory, [_flows]);
        foreach (var origin in options.Origins) Map(origin.Hosts, origin.HttpEndPoint, origin.HttpsEndPoint);
        foreach (var origin in options.RawOrigins) Map(origin.Hosts, origin.EndPoint, origin.EndPoint);
    }

    /// <summary>Where it listens; the first address of several.</summary>
    public IPEndPoint EndPoint => _server.EndPoint;

    /// <summary>Every address it listens on, in the order of the options.</summary>
    public IReadOnlyList<BoundListener> Listeners => _server.Listeners;

    /// <summary>A PEM file with the root that clients of this proxy have to trust.</summary>
    public string RootCertificatePath => _server.RootCertificatePath;

    /// <summary>The file that holds the script; throws when there is none.</summary>
    public string ScriptPath => Path.Combine(_scriptDirectory ?? throw new InvalidOperationException("This proxy has no script."), "script.csx");

    /// <summary>Whether it may log errors without failing the test.</summary>
    public bool AllowErrors { get; set; }

    /// <summary>What was recorded so far, as sinks see it. A record comes when its flow has ended, often after the client has its answer.</summary>
    public IReadOnlyList<FlowRecord> Flows => _flows.Records;

    /// <summary>What was logged so far, such as "Warning: mask.csx: OnLoad was slow".</summary>
    public IReadOnlyList<string> LogLines => _log.Lines;

    /// <summary>Starts one in front of an origin, with the text of a script.</summary>
    public static Task<TestProxy> StartAsync(TestOrigin origin, string script) => StartAsync(new TestProxyOptions { Origins = [origin], Script = script });

    /// <summary>Starts one in front of an origin, with addons.</summary>
    public static Task<TestProxy> StartAsync(TestOrigin origin, params Addon[] addons) => StartAsync(new TestProxyOptions { Origins = [origin], Addons = addons });

    /// <summary>Starts one in front of a raw origin, with addons.</summary>
    public static Task<TestProxy> StartAsync(RawOrigin origin, params Addon[] addons) => StartAsync(new TestProxyOptions { RawOrigins = [origin], Addons = addons });

    /// <summary>Starts one with options of its own and addons.</summary>
    public static Task<TestProxy> StartAsync(ProxyOptions options, params Addon[] addons) => StartAsync(new TestProxyOptions { Proxy = options, Addons = addons });

    /// <summary>Starts one.</summary>
    /// <exception cref="ScriptLoadException">The script does not compile or load.</exception>
    /// <exception cref="ProxyStartException">The options cannot be used.</exception>
    public static async Task<TestProxy> StartAsync(TestProxyOptions options)
    {
        if (options is { Script: not null, Addons.Count: > 0 }) throw new ArgumentException("A test proxy runs a script or addons, not both.", nameof(options));

        var proxy = new TestProxy(options);
        try
        {
            if (options.Script is not null) await proxy.LoadScriptAsync(options);
            else if (options.Addons.Count > 0) await proxy._server.Generations.SwapAsync([.. options.Addons.Select(LoadedAddon.FromInstance)]);
            await proxy._server.StartAsync(CancellationToken.None);
            return proxy;
        }
        catch
        {
            proxy.AllowErrors = true;
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that goes through this proxy and trusts it, follows no redirects and keeps no cookies. Disposed with the proxy.</summary>
    /// <param name="version">The only HTTP version it speaks over TLS; null means 1.1.</param>
    public HttpClient CreateClient(Version? version = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{EndPoint}"),
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        };
        var client = new HttpClient(handler) { DefaultRequestVersion = version ?? HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        lock (_clients) _clients.Add(client);
        return client;
    }

    /// <summary>Connects a client that sends exactly the bytes it is told to.</summary>
    public Task<RawConnection> ConnectAsync() => RawClient.ConnectAsync(EndPoint);

    /// <summary>Connects such a client through CONNECT.</summary>
    /// <param name="authority">Where to, such as "origin.test:443".</param>
    public Task<RawConnection> TunnelAsync(string authority) => RawClient.TunnelAsync(EndPoint, authority);

    /// <summary>Connects such a client through CONNECT and TLS, trusting this proxy's root.</summary>
    /// <param name="authority">Where to, such as "origin.test:443".</param>
    /// <param name="applicationProtocols">What to offer by ALPN, such as "h2"; none means no ALPN.</param>
    public Task<RawConnection> TunnelTlsAsync(string authority, params string[] applicationProtocols) =>
        RawClient.TunnelTlsAsync(EndPoint, authority, RootCertificatePath, applicationProtocols);

    /// <summary>Waits for the record of a flow.</summary>
    /// <param name="index">0 is the first that ended.</param>
    public Task<FlowRecord> WaitForFlowAsync(int index = 0) => TestDeadline.PollAsync(
        () => Flows is var flows && flows.Count > index ? flows[index] : null,
        () => $"Flow {index} was not recorded, only {Flows.Count} were.");

    /// <summary>Waits for a log line that contains a text.</summary>
    public Task<string> WaitForLogAsync(string part) => _log.WaitForAsync(part);

    /// <summary>Stops it as a signal stops the program: what is under way may end, clients are left as they are.</summary>
    internal Task StopAsync() => _server.StopAsync();

    /// <summary>Stops it and disposes its clients.</summary>
    /// <exception cref="InvalidOperationException">It logged an error, and was not allowed to.</exception>
    public async ValueTask DisposeAsync()
    {
        lock (_clients)
        {
            foreach (var client in _clients) client.Dispose();
            _clients.Clear();
        }

        if (_scripts is not null) await _scripts.DisposeAsync();
        await _server.DisposeAsync();
        _loggerFactory.Dispose();
        if (_scriptDirectory is not null) TemporaryFiles.Delete(_scriptDirectory);
        if (!AllowErrors) _log.ThrowIfErrors();
    }

    private static ProxyOptions ForTests(ProxyOptions options)
    {
        var defaults = new ProxyOptions();
        return options with
        {
            Listen = options.Listen == defaults.Listen ? "127.0.0.1:0" : options.Listen,
            CaDir = options.CaDir == defaults.CaDir ? TemporaryFiles.SharedDirectory("proxies") : options.CaDir,
            UpstreamCa = [.. options.UpstreamCa, TestAuthority.SharedPemPath],
            ShutdownTimeout = options.ShutdownTimeout == defaults.ShutdownTimeout ? ShutdownTimeout : options.ShutdownTimeout,
        };
    }

    private void Map(IReadOnlyList<string> hosts, IPEndPoint http, IPEndPoint https)
    {
        foreach (var host in hosts)
        {
            _server.MapHost(host, 80, http);
            _server.MapHost(host, 443, https);
        }
    }

    private async Task LoadScriptAsync(TestProxyOptions options)
    {
        _scriptDirectory = TemporaryFiles.NewDirectory();
        await File.WriteAllTextAsync(ScriptPath, options.Script);
        var scriptOptions = new ScriptOptions { Scripts = [ScriptPath], AddonsDirectory = null, Watch = options.Watch, Set = [.. options.Set] };
        _scripts = new ScriptHost(_server.Generations, scriptOptions, _loggerFactory);
        await _scripts.LoadAsync(CancellationToken.None);
        _scripts.StartWatching();
    }
}
