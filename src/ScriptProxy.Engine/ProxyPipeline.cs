using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Tunnels;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Http2;
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
    private readonly SplicePipes _pipes = new();
    private readonly OwnAddresses _ownAddresses;
    private readonly UpstreamPool _pool;
    private readonly RoutePlan _plan;
    private readonly NextHops _hops;
    private readonly ClusterSet _clusters;
    private readonly Http2Pool _http2Pool;
    private readonly RootInForce _root;
    private readonly HostRules _hosts;
    private readonly KestrelHttp2 _http2;
    private readonly WebSocketUpgrade _webSockets;
    private readonly Dictionary<ClientListener, Func<ProxyConnection, Task>> _modes;

    public ProxyPipeline(ProxyOptions options, ILoggerFactory loggers, IReadOnlyList<IFlowSink> sinks, TimeProvider time)
    {
        // Beside the way: certificates, addons, records.
        var learned = options.AutoTunnel ? new LearnedTunnels(options.AutoTunnelTime, time, loggers.CreateLogger<LearnedTunnels>()) : null;
        var rules = new InterceptionRules(options, learned);
        _root = new RootInForce(options, time, loggers.CreateLogger<RootInForce>());
        _heartbeat.AddChore(_root.Refresh);
        var listeners = ListenerSettings.Of(options, []);
        Intercepts = rules.MayIntercept && listeners.Any(listener => !listener.Mode.IsRelayed);

        // What stops the start is better than what stops a connection; but who only relays needs no root certificate.
        if (Intercepts) _ = _root.Leafs;

        var recorder = new FlowRecorder(new Redaction(options.ShowSecrets), sinks);
        Generations = new Generations(options.HookTimeout, options.OnAddonError, loggers.CreateLogger<Generations>(), time, recorder.Message);

        _hosts = new HostRules(options.Hosts);

        // The far end first: every room is given the rooms after it.
        _ownAddresses = new OwnAddresses(time);
        _pool = new UpstreamPool(options.MaxIdlePerOrigin, options.UpstreamIdleTimeout);
        _heartbeat.AddChore(_pool.Sweep);
        Sockets = new SocketDialler(_ownAddresses, options, time);
        var trust = new UpstreamTrust(options.UpstreamCa, options.InsecureUpstream, _hosts);
        _clusters = new ClusterSet(Sockets, trust, time, loggers.CreateLogger<ClusterSet>());
        _heartbeat.AddChore(_clusters.Tick);
        _plan = RoutePlan.Of(options, []);
        _hops = new NextHops(_plan, Sockets, options, time, loggers.CreateLogger<NextHops>()) { Clusters = _clusters };
        var routes = new RouteTable(_plan, _hops);
        var dialer = new UpstreamDialer(routes, trust, new UpstreamWatch(Generations), options);
        _http2Pool = new Http2Pool(options);
        _heartbeat.AddChore(_http2Pool.Sweep);
        var upstream = new UpstreamClient(dialer, _pool, _http2Pool, new UpstreamProtocols(options, _hosts), options);
        _webSockets = new WebSocketUpgrade(Generations, options);
        var pages = new CertificatePages(Intercepts ? options.CertificateHost : CertificatePages.Off, () => _root.Root);
        var flows = new FlowPipeline(Generations, upstream, _webSockets, recorder, _hosts, ViaField.Of(options), pages, time, loggers.CreateLogger<FlowPipeline>());
        _http2 = new KestrelHttp2(new Http2Application(flows, _pool, _heartbeat, options), options, loggers);
        var tunnel = new Tunnel(dialer, Generations, recorder, _pipes, time, options);
        var interceptor = new TlsInterceptor(_root, new ClientTls(options, _hosts), new RejectionAdvice(() => _root.Root), Generations, learned, options, loggers.CreateLogger<TlsInterceptor>());
        var protocols = new ProtocolSwitch(new TunnelDecisions(Generations, rules), interceptor, _http2, flows, tunnel, options);
        Connections = new ClientConnections(options, Generations, _pool, _heartbeat, time, loggers.CreateLogger<ClientConnections>());
        Listeners = [.. listeners.Select(settings => new ClientListener(settings, Connections, time, loggers.CreateLogger<ClientListener>()))];
        var modes = new ListenerModes(flows, protocols, _http2, interceptor, _root, Generations, _heartbeat, _ownAddresses, options, loggers, time);
        _modes = Listeners.ToDictionary(listener => listener, listener => modes.Make(listener.Settings));
    }

    /// <summary>Whether anything is intercepted unless an addon asks for it.</summary>
    public bool Intercepts { get; }

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

        await new CircularRoutes(_plan, Sockets.Hosts, _ownAddresses).CheckAsync(cancellationToken);
        await _hops.PrepareAsync();
        _clusters.Start();
        await _http2.StartAsync(cancellationToken);
        foreach (var listener in Listeners) listener.Start(_modes[listener]);
    }

    public void AddOwnAddress(IPEndPoint address) => _ownAddresses.Add(address);

    public async Task StopAsync(TimeSpan timeout)
    {
        await Task.WhenAll(Listeners.Select(listener => listener.StopAsync()));
        _webSockets.GoAway();
        await Task.WhenAll(Connections.DrainAsync(timeout), _http2.StopAsync(timeout));
    }

    public async ValueTask DisposeAsync()
    {
        await _http2.DisposeAsync();
        foreach (var listener in Listeners) listener.Dispose();
        Connections.Dispose();
        await Generations.DisposeAsync();
        await _clusters.DisposeAsync();
        _heartbeat.Dispose();
        _pool.Dispose();
        _hops.Dispose();
        _http2Pool.Dispose();
        _pipes.Dispose();
        _hosts.Dispose();
        _root.Dispose();
    }
}
