using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// HTTP/2 towards clients (RFC 9113): Kestrel's, on connections whose TLS we ended. Its protections against floods (CVE-2023-44487,
/// CVE-2025-8671 and relatives) stay as they are; its limits on sizes are ours.
/// </summary>
internal sealed class KestrelHttp2 : IAsyncDisposable
{
    private readonly HandedOverConnections _connections = new();
    private readonly KestrelServer _server;
    private readonly Http2Application _application;

    public KestrelHttp2(Http2Application application, ProxyOptions options, ILoggerFactory loggerFactory)
    {
        _application = application;
        _server = new KestrelServer(Options.Create(NewOptions(options)), _connections, new KestrelLoggers(loggerFactory));
    }

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(_application, cancellationToken);

    /// <summary>Serves one client until it leaves.</summary>
    /// <param name="connection">After TLS with "h2" agreed on, or without TLS.</param>
    /// <param name="destination">Where its requests go.</param>
    public Task ServeAsync(ProxyConnection connection, Destination destination) => ServeAsync(new DecryptedConnection(connection, destination, forwarding: null));

    /// <summary>Serves one client of the forward proxy until it leaves.</summary>
    /// <param name="connection">After TLS with "h2" agreed on, or without TLS.</param>
    /// <param name="forwarding">Finds out where each request goes.</param>
    public Task ServeAsync(ProxyConnection connection, Http2Forwarding forwarding) => ServeAsync(new DecryptedConnection(connection, destination: null, forwarding));

    /// <summary>Tells every client to go away (GOAWAY) and waits for their streams.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        await _server.StopAsync(limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return default;
    }

    private async Task ServeAsync(DecryptedConnection connection)
    {
        if (_connections.TryAdd(connection)) await connection.Ended;
    }

    private static KestrelServerOptions NewOptions(ProxyOptions options)
    {
        var server = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowHostHeaderOverride = true,
            AllowAlternateSchemes = true,
            RequestHeaderEncodingSelector = static _ => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        var limits = server.Limits;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxRequestLineSize = options.MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = options.MaxRequestHeadBytes;
        limits.MaxRequestHeaderCount = options.MaxHeaders;
        limits.MaxRequestBufferSize = 2 * 1024 * 1024;
        limits.KeepAliveTimeout = options.ClientIdleTimeout;
        limits.RequestHeadersTimeout = options.RequestHeadTimeout;
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 768 * 1024;
        limits.Http2.MaxRequestHeaderFieldSize = Math.Min(options.MaxRequestHeadBytes, 64 * 1024);
        server.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        return server;
    }
}
