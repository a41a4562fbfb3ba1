using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>
/// The proxy: made from options, given addons, started, stopped. One instance per root certificate; several may run in one process.
/// </summary>
public sealed class ProxyServer : IAsyncDisposable
{
    private readonly ProxyOptions _options;
    private readonly ProxyPipeline _pipeline;
    private bool _started;
    private bool _stopped;

    /// <summary>Checks the options and loads the root certificate, making one at first start. Nothing listens yet.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="loggerFactory">Where logs go.</param>
    /// <param name="sinks">Where records of flows go; empty costs nothing per flow. Not disposed here.</param>
    /// <exception cref="ProxyStartException">An option or a certificate file cannot be used.</exception>
    public ProxyServer(ProxyOptions options, ILoggerFactory loggerFactory, IReadOnlyList<IFlowSink> sinks)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        ArgumentNullException.ThrowIfNull(sinks);
        if (options.Validate() is { Count: > 0 } problems) throw new ProxyStartException(string.Join(Environment.NewLine, problems));
        _options = options;
        try
        {
            _pipeline = new ProxyPipeline(options, loggerFactory, sinks, TimeProvider.System);
        }
        catch (Exception exception) when (exception is RootCertificateException or UpstreamTrustException)
        {
            throw new ProxyStartException(exception.Message, exception);
        }
    }

    /// <summary>The address that is listened on, or the first of them, with the real port. Valid after <see cref="StartAsync"/>.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Every address that is listened on, in the order of the options. Empty before <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<BoundListener> Listeners { get; private set; } = [];

    /// <summary>The file that clients have to trust. It need not exist while <see cref="Intercepts"/> is false.</summary>
    public string RootCertificatePath => new RootCertificateFiles(_options.CaDir).CertificatePath;

    /// <summary>Whether anything is intercepted, unless addons decide otherwise; false when everything is relayed unread (--tunnel without --intercept).</summary>
    public bool Intercepts => _pipeline.Intercepts;

    internal Generations Generations => _pipeline.Generations;

    internal int ConnectionCount => _pipeline.Connections.Count;

    /// <summary>Makes an address of this process unreachable through the proxy, by whatever name.</summary>
    internal void AddOwnAddress(IPEndPoint address) => _pipeline.AddOwnAddress(address);

    /// <summary>How many connections were accepted so far.</summary>
    internal long AcceptedCount => _pipeline.Connections.AcceptedCount;

    /// <summary>Binds every address, then accepts.</summary>
    /// <exception cref="ProxyStartException">An address cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_started) throw new InvalidOperationException("The proxy was started already.");
        _started = true;
        Listeners = [.. _pipeline.Listeners.Select(Bind)];
        EndPoint = Listeners.Select(listener => listener.EndPoint).OfType<IPEndPoint>().FirstOrDefault() ?? EndPoint;
        await _pipeline.StartAsync(Listeners, cancellationToken);
    }

    /// <summary>Stops accepting, lets flows end for up to <see cref="ProxyOptions.ShutdownTimeout"/>, then cuts what is left.</summary>
    public async Task StopAsync()
    {
        if (!_started || _stopped) return;
        _stopped = true;
        await _pipeline.StopAsync(_options.ShutdownTimeout);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _pipeline.DisposeAsync();
    }

    /// <summary>Dials an address instead of asking DNS. Before <see cref="StartAsync"/> only.</summary>
    internal void MapHost(string host, int port, IPEndPoint address) => _pipeline.Sockets.Hosts.Set(host, port, address);

    private BoundListener Bind(ClientListener listener)
    {
        var bound = Open(listener);

        // The address of a socket that was handed to us is not known earlier.
        var isLocal = bound.EndPoint is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address);
        return listener.Settings.ReachProblem(isLocal, _options) is { } problem ? throw new ProxyStartException(problem) : bound;
    }

    private static BoundListener Open(ClientListener listener)
    {
        try
        {
            return listener.Bind();
        }
        catch (SocketException exception)
        {
            throw new ProxyStartException($"{listener.Settings.Place}: {Explain(exception)}", exception);
        }
        catch (ProxyStartException exception)
        {
            throw new ProxyStartException($"{listener.Settings.Place}: {exception.Message}", exception);
        }
    }

    private static string Explain(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use. Stop the program that uses it, or choose another port.",
        SocketError.AccessDenied => "permission denied. Choose a port above 1023, or grant the right to bind low ports.",
        SocketError.AddressNotAvailable => "this machine does not have that address. Choose one of its own, such as 127.0.0.1.",
        _ => $"cannot listen there ({exception.SocketErrorCode}). Choose another address or port.",
    };
}
