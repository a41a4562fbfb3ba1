using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Tunnels;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine;

/// <summary>
/// The table of contents: every room of the journey, in walking order, and what each is given.
/// Connections → Modes → Tls → (Tunnels) → Http1 | Http2 → Flows → Upstream. Owns them all.
/// </summary>
internal sealed class ProxyPipeline : IAsyncDisposable
{
    private readonly Heartbeat _heartbeat = new();
    private readonly OwnAddresses _ownAddresses;
    private readonly UpstreamPool _pool;
    private readonly CircularRoutes _circular;
    private readonly LeafCertificates _leafCertificates;
    private readonly HostRules _hosts;
    private readonly KestrelHttp2 _http2;
    private readonly ProtocolSwitch _protocols;
    private readonly FlowPipeline _flows;
    private readonly ProxyOptions _options;
    private readonly FailedLogins _failedLogins;
    private readonly Dictionary<ClientListener, Func<ProxyConnection, Task>> _modes;
    private readonly ILoggerFactory _loggers;

    public ProxyPipeline(ProxyOptions options, ILoggerFactory loggers, IReadOnlyList<IFlowSink> sinks, TimeProvider time)
    {
        _options = options;
        _loggers = loggers;
        _failedLogins = new FailedLogins(time);

        // Beside the way: certificates, addons, records.
        Root = RootCertificate.LoadOrCreate(options.CaDir, time, PassphraseFile.Read(options.CaPasswordFile, "--ca-password-file"));
        _leafCertificates = new LeafCertificates(Root, offerHttp2: !options.NoHttp2, time);
        var recorder = new FlowRecorder(new Redaction(options.ShowSecrets), sinks);
        Generations = new Generations(options.HookTimeout, options.OnAddonError, loggers.CreateLogger<Generations>(), time, recorder.Message);

        _hosts = new HostRules(options.Hosts);

        // The far end first: every room is given the rooms after it.
        _ownAddresses = new OwnAddresses(time);
        _pool = new UpstreamPool(options.MaxIdlePerOrigin, options.UpstreamIdleTimeout);
        _heartbeat.AddChore(_pool.Sweep);
        Sockets = new SocketDialler(_ownAddresses, options, time);
        var plan = RoutePlan.Of(options, []);
        var routes = new RouteTable(plan, new NextHops(Sockets, options));
        _circular = new CircularRoutes(plan, Sockets.Hosts, _ownAddresses);
        var dialer = new UpstreamDialer(routes, new UpstreamTrust(options.UpstreamCa, options.InsecureUpstream, _hosts), new UpstreamWatch(Generations), options);
        var upstream = new UpstreamClient(dialer, _pool, options);
        _flows = new FlowPipeline(Generations, upstream, new WebSocketUpgrade(Generations, options), recorder, _hosts, time, loggers.CreateLogger<FlowPipeline>());
        _http2 = new KestrelHttp2(new Http2Application(_flows, _pool, _heartbeat, options), options, loggers);
        var tunnel = new Tunnel(dialer, Generations, recorder, time, options);
        var interceptor = new TlsInterceptor(_leafCertificates, new ClientTls(options, _hosts), Generations, options, loggers.CreateLogger<TlsInterceptor>());
        _protocols = new ProtocolSwitch(new TunnelDecisions(Generations, options), interceptor, _http2, _flows, tunnel, options);
        Connections = new ClientConnections(options, Generations, _pool, _heartbeat, time, loggers.CreateLogger<ClientConnections>());
        Listeners = [.. ListenerSettings.Of(options, []).Select(settings => new ClientListener(settings, Connections, time, loggers.CreateLogger<ClientListener>()))];
        _modes = Listeners.ToDictionary(listener => listener, listener => NewMode(listener.Settings));
    }

    public RootCertificate Root { get; }

    public Generations Generations { get; }

    public SocketDialler Sockets { get; }

    /// <summary>In the order of the options; at least one.</summary>
    public IReadOnlyList<ClientListener> Listeners { get; }

    /// <summary>Of all listeners.</summary>
    public ClientConnections Connections { get; }

    /// <summary>Begins to accept. After every listener was bound.</summary>
    public async Task StartAsync(IEnumerable<BoundListener> bound, CancellationToken cancellationToken)
    {
        foreach (var listener in bound)
        {
            if (listener.EndPoint is IPEndPoint own) _ownAddresses.Add(own);
        }

        await _circular.CheckAsync(cancellationToken);
        await _http2.StartAsync(cancellationToken);
        foreach (var listener in Listeners) listener.Start(_modes[listener]);
    }

    public void AddOwnAddress(IPEndPoint address) => _ownAddresses.Add(address);

    public async Task StopAsync(TimeSpan timeout)
    {
        await Task.WhenAll(Listeners.Select(listener => listener.StopAsync()));
        await Task.WhenAll(Connections.DrainAsync(timeout), _http2.StopAsync(timeout));
    }

    public async ValueTask DisposeAsync()
    {
        await _http2.DisposeAsync();
        foreach (var listener in Listeners) listener.Dispose();
        Connections.Dispose();
        await Generations.DisposeAsync();
        _heartbeat.Dispose();
        _pool.Dispose();
        _leafCertificates.Dispose();
        _hosts.Dispose();
        Root.Dispose();
    }

    private ProxyAuthenticator NewAuthenticator(ListenerSettings settings)
    {
        ProxyUsers? users = null;
        if (settings.HasUsers)
        {
            users = new ProxyUsers(settings.Options.ProxyAuth, settings.Options.ProxyAuthFile, _loggers.CreateLogger<ProxyUsers>());
            _heartbeat.AddChore(users.Refresh);
        }

        return new ProxyAuthenticator(users, Generations, _failedLogins, _loggers.CreateLogger<ProxyAuthenticator>());
    }

    /// <summary>Takes a client of a listener through the rooms. Every mode that <see cref="ModeSpec"/> can name is here.</summary>
    private Func<ProxyConnection, Task> NewMode(ListenerSettings settings) => settings.Mode.Name switch
    {
        ModeSpec.Regular => new RegularMode(_flows, _protocols, new BasicAuthentication(NewAuthenticator(settings)), _options).ServeAsync,
        ModeSpec.Socks5 => new Socks5Mode(_protocols, NewAuthenticator(settings), _options).ServeAsync,
        _ => throw new InvalidOperationException("Validated before."),
    };
}
