using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
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
    private readonly LeafCertificates _leafCertificates;
    private readonly KestrelHttp2 _http2;
    private readonly RegularMode _mode;

    public ProxyPipeline(ProxyOptions options, ILoggerFactory loggers, IReadOnlyList<IFlowSink> sinks, TimeProvider time)
    {
        // Beside the way: certificates, addons, records.
        Root = RootCertificate.LoadOrCreate(options.CaDir, time);
        _leafCertificates = new LeafCertificates(Root, offerHttp2: !options.NoHttp2, time);
        var recorder = new FlowRecorder(new Redaction(options.ShowSecrets), sinks);
        Generations = new Generations(options.HookTimeout, options.OnAddonError, loggers.CreateLogger<Generations>(), time, recorder.Message);

        // The far end first: every room is given the rooms after it.
        _ownAddresses = new OwnAddresses(time);
        _pool = new UpstreamPool(options.MaxIdlePerOrigin, options.UpstreamIdleTimeout);
        _heartbeat.AddChore(_pool.Sweep);
        Sockets = new SocketDialler(_ownAddresses);
        var dialer = new UpstreamDialer(new RouteTable(Sockets), new UpstreamTrust(options.UpstreamCa, options.InsecureUpstream), new UpstreamWatch(Generations), options);
        var upstream = new UpstreamClient(dialer, _pool, options);
        var flows = new FlowPipeline(Generations, upstream, new WebSocketUpgrade(Generations, options), recorder, time, loggers.CreateLogger<FlowPipeline>());
        _http2 = new KestrelHttp2(new Http2Application(flows, _pool, _heartbeat, options), options, loggers);
        var tunnel = new Tunnel(dialer, Generations, recorder, time, options);
        var interceptor = new TlsInterceptor(_leafCertificates, Generations, options, loggers.CreateLogger<TlsInterceptor>());
        var connect = new ConnectMode(Generations, interceptor, _http2, flows, tunnel, options);
        _mode = new RegularMode(flows, connect, options);
        Listener = new ClientListener(options, Generations, _pool, _heartbeat, time, loggers.CreateLogger<ClientListener>());
    }

    public RootCertificate Root { get; }

    public Generations Generations { get; }

    public SocketDialler Sockets { get; }

    public ClientListener Listener { get; }

    public async Task StartAsync(IPEndPoint bound, CancellationToken cancellationToken)
    {
        _ownAddresses.Add(bound);
        await _http2.StartAsync(cancellationToken);
        Listener.Start(_mode.ServeAsync);
    }

    public async Task StopAsync(TimeSpan timeout) => await Task.WhenAll(Listener.StopAsync(timeout), _http2.StopAsync(timeout));

    public async ValueTask DisposeAsync()
    {
        await _http2.DisposeAsync();
        Listener.Dispose();
        await Generations.DisposeAsync();
        _heartbeat.Dispose();
        _pool.Dispose();
        _leafCertificates.Dispose();
        Root.Dispose();
    }
}
