using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli.Admin;

/// <summary>
/// Answers orchestrators and Prometheus on an address of its own: /healthz, /readyz, /metrics. Reads only, knows no host, path or secret. Whoever comes by
/// a name that is not expected is refused, so that no web page gets here by way of DNS.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private const int LongestLine = 4096;
    private const int MostClients = 64;

    private readonly WebApplication _server;
    private readonly Func<string> _metrics;
    private readonly IReadOnlyList<string> _hosts;
    private volatile AdminPhase _phase;

    private AdminServer(IPEndPoint endPoint, IReadOnlyList<string> hosts, Func<string> metrics)
    {
        _hosts = hosts;
        _metrics = metrics;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostClients;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestLineSize = LongestLine;
            kestrel.Limits.MaxRequestHeadersTotalSize = 4 * LongestLine;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(endPoint, listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        });
        _server = builder.Build();
        _server.Run(AnswerAsync);
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>What /readyz says.</summary>
    public AdminPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    /// <summary>Starts it.</summary>
    /// <param name="endPoint">Where to listen.</param>
    /// <param name="hosts">Names by which it may be asked, beside localhost and addresses.</param>
    /// <param name="metrics">The text of /metrics.</param>
    /// <exception cref="ProxyStartException">The address cannot be had.</exception>
    public static async Task<AdminServer> StartAsync(IPEndPoint endPoint, IReadOnlyList<string> hosts, Func<string> metrics)
    {
        var admin = new AdminServer(endPoint, hosts, metrics);
        try
        {
            await admin._server.StartAsync();
        }
        catch (IOException exception)
        {
            await admin._server.DisposeAsync();
            throw new ProxyStartException($"--admin {endPoint}: cannot listen there. The port is in use, may not be used, or the address is not this machine's: choose another.", exception);
        }

        var address = new Uri(admin._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        admin.EndPoint = new IPEndPoint(endPoint.Address, address.Port);
        return admin;
    }

    /// <summary>Stops it; whoever is being answered is cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!IsExpected(context.Request.Host.Host)) return WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "This name is not expected here; --admin-host adds names.\n");
        if (context.Request.Method is not ("GET" or "HEAD"))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "GET or HEAD.\n");
        }

        switch (context.Request.Path.Value)
        {
            case "/healthz":
                return WriteAsync(context, StatusCodes.Status200OK, "alive\n");
            case "/readyz":
                var phase = Phase;
                return WriteAsync(context, phase == AdminPhase.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, phase.ToString().ToLowerInvariant() + "\n");
            case "/metrics":
                return WriteAsync(context, StatusCodes.Status200OK, _metrics(), "text/plain; version=0.0.4; charset=utf-8");
            default:
                return WriteAsync(context, StatusCodes.Status404NotFound, "/healthz, /readyz, /metrics\n");
        }
    }

    /// <summary>An address cannot be made to lead elsewhere; a name can, unless it is known.</summary>
    private bool IsExpected(string host) =>
        host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _) || _hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private static Task WriteAsync(HttpContext context, int statusCode, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = contentType;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength = bytes.Length;
        return context.Request.Method == "HEAD" ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes).AsTask();
    }
}
