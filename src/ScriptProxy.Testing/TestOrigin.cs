using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ScriptProxy.Testing;

/// <summary>
/// A web server in the test's process: HTTP on one free port of 127.0.0.1, HTTPS with HTTP/1.1 and HTTP/2 on another, both answered by one
/// handler. For servers that misbehave, see <see cref="RawOrigin"/>.
/// </summary>
public sealed class TestOrigin : IAsyncDisposable
{
    /// <summary>The name an origin has unless it is given others.</summary>
    public const string DefaultHost = "origin.test";

    private readonly WebApplication _server;
    private readonly Func<HttpContext, Task> _handler;
    private readonly ConcurrentQueue<Exception> _failures = new();
    private int _requestCount;

    private TestOrigin(Func<HttpContext, Task> handler, TestOriginOptions options)
    {
        _handler = handler;
        Hosts = options.Hosts;

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options));
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>The names it is reached by.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>Where it speaks HTTP.</summary>
    public IPEndPoint HttpEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where it speaks HTTPS.</summary>
    public IPEndPoint HttpsEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>A PEM file with the root of its certificate, for --upstream-ca.</summary>
    public string RootCertificatePath { get; } = TestAuthority.SharedPemPath;

    /// <summary>How many requests have reached it.</summary>
    public int RequestCount => Volatile.Read(ref _requestCount);

    /// <summary>Starts one called <see cref="DefaultHost"/>.</summary>
    /// <param name="handler">Answers every request. What it throws, other than for lost connections, is thrown again when the origin is disposed.</param>
    public static Task<TestOrigin> StartAsync(Func<HttpContext, Task> handler) => StartAsync(new TestOriginOptions(), handler);

    /// <summary>Starts one that differs from the usual.</summary>
    /// <param name="options">In what.</param>
    /// <param name="handler">Answers every request. What it throws, other than for lost connections, is thrown again when the origin is disposed.</param>
    public static async Task<TestOrigin> StartAsync(TestOriginOptions options, Func<HttpContext, Task> handler)
    {
        var origin = new TestOrigin(handler, options);
        await origin._server.StartAsync();

        // A server that has started has addresses, in the order in which they were configured.
        var addresses = origin._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        origin.HttpEndPoint.Port = new Uri(addresses[0]).Port;
        origin.HttpsEndPoint.Port = new Uri(addresses[1]).Port;
        return origin;
    }

    /// <summary>Stops it, cutting what is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        if (!_failures.IsEmpty) throw new AggregateException("The handler of the test origin failed.", _failures);
    }

    private static void Configure(KestrelServerOptions kestrel, TestOriginOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestLineSize = 256 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 512 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 1000;

        kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = options.Protocols;
            var authority = options.Certificate ?? TestAuthority.Shared.Issue([.. options.Hosts, "localhost", "127.0.0.1"]);
            listen.UseHttps(authority.Certificate, tls => options.Tls?.Invoke(tls));
        });
    }

    private async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requestCount);
        try
        {
            await _handler(context);
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            // The client left: whether it should have is for the test to say.
            context.Abort();
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception);
            throw;
        }
    }
}
