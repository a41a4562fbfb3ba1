using System.Net;
using System.Net.Sockets;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Failures;

/// <summary>One way in which an origin fails, and what is promised to follow.</summary>
/// <param name="Name">As docs/errors.md has it.</param>
/// <param name="Error">The error type of Proxy-Status and of the flow.</param>
/// <param name="Status">What the client is answered.</param>
internal sealed record Failure(string Name, string Error, int Status)
{
    private const string Started = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal";

    public static IReadOnlyList<Failure> All { get; } =
    [
        new("the name does not resolve", "dns_error", 502) { IsEarly = true, Start = static _ => new FailingOrigin("nowhere.invalid") },
        new("nobody listens", "connection_refused", 502) { IsEarly = true, Start = static _ => new FailingOrigin($"127.0.0.1:{ClosedPort()}") },
        new("connecting takes too long", "connection_timeout", 504)
        {
            IsEarly = true,
            Options = new ProxyOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) },
            Start = static _ => FailingOrigin.WithoutPlace(),
        },
        new("the origin is this proxy", "proxy_loop_detected", 502) { IsEarly = true, IsProxyItself = true, Start = static _ => new FailingOrigin("") },
        Proxying("the upstream proxy refuses", "http_request_denied", 403, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        Proxying("the upstream proxy wants credentials", "proxy_configuration_error", 502, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
        Proxying("the upstream proxy cannot reach it", "destination_unavailable", 502, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        Proxying("the upstream proxy does not answer in HTTP", "http_protocol_error", 502, "220 ready\r\n\r\n"),
        Proxying("the upstream proxy hangs up", "connection_terminated", 502, ""),
        new("reset before the request", "connection_terminated", 502) { Tls = false, Start = static _ => Raw(static connection => Reset(connection)) },
        new("reset in the TLS handshake", "tls_protocol_error", 502) { Tls = true, Start = static _ => Raw(static async connection => { await connection.ReadExactlyAsync(5); await Reset(connection); }) },
        new("closed in the TLS handshake", "tls_protocol_error", 502) { Tls = true, Start = static _ => Raw(static connection => connection.ReadExactlyAsync(5)) },
        new("the TLS handshake takes too long", "connection_timeout", 504)
        {
            Tls = true,
            Options = new ProxyOptions { HandshakeTimeout = TimeSpan.FromSeconds(3) },
            Start = static _ => Raw(static connection => connection.IsResetAsync()),
        },
        new("it does not speak TLS", "tls_protocol_error", 502) { Tls = true, Start = static _ => Raw(static connection => connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n")) },
        new("TLS is too old", "tls_alert_received", 502)
        {
            Tls = true,
            Start = static _ => Raw(static async connection => { await connection.ReadExactlyAsync(5); await connection.SendAsync(new byte[] { 21, 3, 1, 0, 2, 2, 70 }); }),
        },
        new("the certificate has expired", "tls_certificate_error", 502)
        {
            Tls = true,
            Start = static _ => Certified(TestAuthority.Shared.Issue([TestOrigin.DefaultHost], DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-2))),
        },
        new("the certificate is for another host", "tls_certificate_error", 502) { Tls = true, Start = static _ => Certified(TestAuthority.Shared.Issue("other.test")) },
        new("the certificate is of an unknown authority", "tls_certificate_error", 502) { Tls = true, Start = static _ => Certified(TestAuthority.NewSelfSigned(TestOrigin.DefaultHost)) },
        new("reset after the request", "connection_terminated", 502) { Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await Reset(connection); }) },
        new("closed after the request", "connection_terminated", 502) { Start = static tls => Raw(tls, static connection => connection.ReadHeadAsync()) },
        new("reset in the response head", "http_response_incomplete", 502)
        {
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync("HTTP/1.1 200 OK\r\nServer: x"); await Reset(connection); }),
        },
        new("closed in the response head", "http_response_incomplete", 502)
        {
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync("HTTP/1.1 200 OK\r\nServer: x"); }),
        },
        new("the response is not HTTP", "http_protocol_error", 502) { Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync("220 ready\r\n\r\n"); }) },
        new("no response in time", "http_response_timeout", 504)
        {
            Options = new ProxyOptions { ResponseTimeout = TimeSpan.FromMilliseconds(1) },
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.HasMoreAsync(); }),
        },
        new("closed in the response body", "http_response_incomplete", 200)
        {
            BreaksBody = true,
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync(Started); }),
        },
        new("reset in the response body", "http_response_incomplete", 200)
        {
            BreaksBody = true,
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync(Started); await Reset(connection); }),
        },
        new("the response body stands still", "connection_read_timeout", 200)
        {
            BreaksBody = true,
            Options = new ProxyOptions { BodyIdleTimeout = TimeSpan.FromMilliseconds(1) },
            Start = static tls => Raw(tls, static async connection => { await connection.ReadHeadAsync(); await connection.SendAsync(Started); await connection.HasMoreAsync(); }),
        },
    ];

    /// <summary>Whether it is one with TLS, or without; null when it is one of both.</summary>
    public bool? Tls { get; init; }

    /// <summary>Whether there is no connection to the origin, so that a tunnel fails in the same way.</summary>
    public bool IsEarly { get; init; }

    /// <summary>Whether the response has begun: its status is the origin's, and the rest is missing.</summary>
    public bool BreaksBody { get; init; }

    /// <summary>Whether what fails is a proxy on the way to the origin.</summary>
    public bool IsUpstreamProxy { get; init; }

    /// <summary>Whether the destination is the proxy's own address.</summary>
    public bool IsProxyItself { get; init; }

    public ProxyOptions Options { get; init; } = new();

    /// <summary>Makes the origin that fails, which speaks TLS or not.</summary>
    public required Func<bool, FailingOrigin> Start { get; init; }

    /// <summary>A proxy that answers CONNECT with this.</summary>
    private static Failure Proxying(string name, string error, int status, string answer) => new(name, error, status)
    {
        Tls = true,
        IsEarly = true,
        IsUpstreamProxy = true,
        Start = _ => Raw(async connection => { await connection.ReadHeadAsync(); await connection.SendAsync(answer); }),
    };

    private static FailingOrigin Raw(Func<RawConnection, Task> dialogue) => Raw(tls: false, dialogue);

    private static FailingOrigin Raw(bool tls, Func<RawConnection, Task> dialogue) => FailingOrigin.Talking(new RawOriginOptions { Tls = tls }, dialogue);

    private static FailingOrigin Certified(TestAuthority certificate) =>
        FailingOrigin.Talking(new RawOriginOptions { Tls = true, Certificate = certificate }, static connection => connection.HasMoreAsync(), certificate);

    private static Task Reset(RawConnection connection)
    {
        connection.Reset();
        return Task.CompletedTask;
    }

    private static int ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
