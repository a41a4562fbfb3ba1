using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Embedding;

/// <summary>The proxy of an application: its addons are live before it listens, and it stops with the application.</summary>
public sealed partial class HostedProxy : IHostedService, IAsyncDisposable
{
    private readonly IEnumerable<ProxySetting> _settings;
    private readonly IEnumerable<AddonSource> _sources;
    private readonly IEnumerable<IFlowSink> _sinks;
    private readonly ILoggerFactory _loggerFactory;
    private readonly ILogger _logger;
    private readonly List<IAsyncDisposable> _loaded = [];
    private ProxyServer? _server;

    internal HostedProxy(IEnumerable<ProxySetting> settings, IEnumerable<AddonSource> sources, IEnumerable<IFlowSink> sinks, ILoggerFactory loggerFactory)
    {
        _settings = settings;
        _sources = sources;
        _sinks = sinks;
        _loggerFactory = loggerFactory;
        _logger = loggerFactory.CreateLogger<HostedProxy>();
    }

    /// <summary>The address that is listened on, or the first of them, with the real port.</summary>
    /// <exception cref="InvalidOperationException">The application has not started yet.</exception>
    public IPEndPoint EndPoint => Started.EndPoint;

    /// <summary>Every address that is listened on, in the order of the options.</summary>
    /// <exception cref="InvalidOperationException">The application has not started yet.</exception>
    public IReadOnlyList<BoundListener> Listeners => Started.Listeners;

    /// <summary>The file that clients have to trust.</summary>
    /// <exception cref="InvalidOperationException">The application has not started yet.</exception>
    public string RootCertificatePath => Started.RootCertificatePath;

    private ProxyServer Started => _server ?? throw new InvalidOperationException("The proxy has not started yet.");

    /// <inheritdoc/>
    /// <exception cref="ProxyStartException">An option or a certificate file cannot be used, or the address cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is not null) throw new InvalidOperationException("The proxy was started already.");
        var options = _settings.Aggregate(new ProxyOptions(), (options, setting) => setting.Change(options));
        _server = new ProxyServer(options, _loggerFactory, [.. _sinks]);
        foreach (var source in _sources)
        {
            if (await source.LoadAsync(_server.Generations, _loggerFactory, cancellationToken) is { } loaded) _loaded.Add(loaded);
        }

        await _server.StartAsync(cancellationToken);
        var addresses = string.Join(", ", _server.Listeners);
        if (_server.Intercepts) Log.Listens(_logger, addresses, _server.RootCertificatePath);
        else Log.ListensToRelay(_logger, addresses);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null) await _server.StopAsync().WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var loaded in _loaded) await loaded.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "ScriptProxy listens on {Addresses}; clients have to trust {RootCertificate}")]
        public static partial void Listens(ILogger logger, string addresses, string rootCertificate);

        [LoggerMessage(Level = LogLevel.Information, Message = "ScriptProxy listens on {Addresses} and relays TLS unread")]
        public static partial void ListensToRelay(ILogger logger, string addresses);
    }
}
