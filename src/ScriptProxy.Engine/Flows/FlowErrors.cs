using System.Net.Sockets;
using System.Security.Authentication;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Flows;

/// <summary>The one table that turns what went wrong into what client, log and addons are told (RFC 9209 §2.3).</summary>
internal static class FlowErrors
{
    public static readonly FlowError ClientGone = new("connection_terminated", 0, "The client closed the connection.");
    public static readonly FlowError Aborted = new("http_request_denied", 0, "An addon aborted the flow.");
    public static readonly FlowError TooManyInformational = new("http_protocol_error", 502, "The origin sent too many 1xx responses.");
    public static readonly FlowError UnaskedUpgrade = new("http_upgrade_failed", 502, "The origin switched protocols without being asked.");

    public static readonly FlowError UnaskedExtension = new("http_upgrade_failed", 502, "The origin chose a WebSocket extension that was not offered.");

    /// <summary>An addon refused to connect.</summary>
    public static FlowError Refused(string reason) => new("http_request_denied", 403, reason);

    public static FlowError BadRequest(string problem, int statusCode = 400) => new("http_request_error", statusCode, $"The request has {problem}.");

    public static FlowError BadResponse(string authority, string problem) =>
        new("http_protocol_error", 502, $"The response of {authority} has {problem}.");

    public static FlowError Incomplete(string authority) =>
        new("http_response_incomplete", 502, $"{authority} closed the connection before the end of its response.");

    public static FlowError Closed(string authority) =>
        new("connection_terminated", 502, $"{authority} closed the connection without a response.");

    /// <summary>The proxy itself gave an exchange up: what is told is the reason for that.</summary>
    public static FlowError Cut(string authority) =>
        new("connection_terminated", 502, $"The exchange with {authority} was ended.");

    /// <summary>Nobody waits any more for a connection that was being opened.</summary>
    public static FlowError GivenUp(string authority) =>
        new("connection_terminated", 502, $"Connecting to {authority} was given up: nobody waits for it any more.");

    /// <summary>An HTTP/2 stream was ended by the origin.</summary>
    public static FlowError Reset(string authority, Http2.ErrorCode code) =>
        new("http_response_incomplete", 502, $"{authority} reset the stream ({Http2.ErrorCodes.NameOf((int)code)}).");

    public static FlowError StillBeingRead(BodyOwner owner) =>
        new("proxy_internal_error", 502, $"An addon whose time is over is still reading the {(owner == BodyOwner.Request ? "request" : "response")} body.");

    public static FlowError Loop(string authority) =>
        new("proxy_loop_detected", 502, $"{authority} is this proxy itself.");

    /// <summary>The request's Via names this proxy.</summary>
    public static FlowError CameBack(string pseudonym) =>
        new("proxy_loop_detected", 508, $"The request has passed this proxy before (Via names {pseudonym}).");

    public static FlowError Dns(string host, SocketException exception) =>
        new("dns_error", 502, $"{host} could not be resolved ({exception.SocketErrorCode}).");

    public static FlowError Connect(string authority, SocketError error) => error switch
    {
        SocketError.ConnectionRefused => new("connection_refused", 502, $"{authority} refused the connection."),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.AddressNotAvailable =>
            new("destination_ip_unroutable", 502, $"{authority} cannot be reached ({error})."),
        SocketError.TimedOut => ConnectTimeout(authority),

        // Accepted and dropped at once: that it shows while connecting is a matter of microseconds.
        SocketError.ConnectionReset => Closed(authority),
        SocketError.TooManyOpenSockets => new("proxy_internal_error", 503, "The proxy has no file descriptors left; raise its limit (ulimit -n)."),
        _ => new("destination_unavailable", 502, $"{authority} cannot be connected to ({error})."),
    };

    public static FlowError ConnectTimeout(string authority) =>
        new("connection_timeout", 504, $"{authority} did not accept the connection in time.");

    public static FlowError TlsTimeout(string authority) =>
        new("connection_timeout", 504, $"{authority} did not finish the TLS handshake in time.");

    public static FlowError Tls(string authority, string detail) =>
        new("tls_protocol_error", 502, $"TLS with {authority} failed: {detail}");

    /// <param name="authority">Who sent it.</param>
    /// <param name="alert">RFC 8446 §6.</param>
    /// <param name="detail">What the platform says about it.</param>
    public static FlowError TlsAlert(string authority, int alert, string detail) =>
        new("tls_alert_received", 502, $"{authority} refused TLS with alert {alert}: {detail}");

    public static FlowError Certificate(string authority, string detail) =>
        new("tls_certificate_error", 502, $"The certificate of {authority} was not accepted: {detail}");

    /// <summary>An upstream proxy did not open a tunnel.</summary>
    /// <param name="proxy">Which one, without credentials.</param>
    /// <param name="authority">Where to.</param>
    /// <param name="statusCode">What it answered.</param>
    /// <param name="hadCredentials">Whether credentials were sent to it.</param>
    public static FlowError ProxyRefused(string proxy, string authority, int statusCode, bool hadCredentials) => statusCode switch
    {
        407 => ProxyAuthentication(proxy, hadCredentials),
        504 => new("connection_timeout", 504, $"The upstream proxy {proxy} could not reach {authority} in time (504)."),
        >= 500 => new("destination_unavailable", 502, $"The upstream proxy {proxy} could not reach {authority} ({statusCode})."),
        >= 400 => new("http_request_denied", 403, $"The upstream proxy {proxy} refused to connect to {authority} ({statusCode})."),
        _ => new("http_protocol_error", 502, $"The upstream proxy {proxy} answered CONNECT with {statusCode}."),
    };

    public static FlowError ProxyAuthentication(string proxy, bool hadCredentials) => new("proxy_configuration_error", 502, hadCredentials
        ? $"The upstream proxy {proxy} did not accept its credentials (407)."
        : $"The upstream proxy {proxy} asks for credentials (407). Put them into its URL.");

    public static FlowError ProxyClosed(string proxy, string authority) =>
        new("connection_terminated", 502, $"The upstream proxy {proxy} closed the connection when asked for {authority}.");

    public static FlowError ProxyTimeout(string proxy, string authority) =>
        new("connection_timeout", 504, $"The upstream proxy {proxy} did not answer in time when asked for {authority}.");

    public static FlowError ProxyAnswer(string proxy, string problem) =>
        new("http_protocol_error", 502, $"The answer of the upstream proxy {proxy} has {problem}.");

    /// <summary>An addon chose an upstream that there is not.</summary>
    public static FlowError UnknownUpstream(string problem) => new("proxy_configuration_error", 502, $"An addon chose an upstream that cannot be used: {problem}");

    public static FlowError Pac(string name, string problem) => new("proxy_configuration_error", 502, $"The PAC script of the upstream {name} gave no answer: {problem}");

    public static FlowError SocksAuthentication(string proxy, bool hadCredentials) => new("proxy_configuration_error", 502, hadCredentials
        ? $"The upstream proxy {proxy} did not accept its credentials."
        : $"The upstream proxy {proxy} asks for credentials. Put them into its URL.");

    /// <summary>A SOCKS5 proxy did not connect (RFC 1928 §6).</summary>
    public static FlowError SocksRefused(string proxy, string authority, int reply) => reply switch
    {
        2 => new("http_request_denied", 403, $"The upstream proxy {proxy} does not allow connections to {authority}."),
        3 => new("destination_ip_unroutable", 502, $"The upstream proxy {proxy} cannot reach {authority}: network unreachable."),
        4 => new("destination_ip_unroutable", 502, $"The upstream proxy {proxy} cannot reach {authority}: host unreachable."),
        5 => new("connection_refused", 502, $"{authority} refused the connection of the upstream proxy {proxy}."),
        6 => new("destination_ip_unroutable", 502, $"The upstream proxy {proxy} cannot reach {authority}: TTL expired."),
        7 => new("proxy_configuration_error", 502, $"The upstream proxy {proxy} does not know CONNECT."),
        8 => new("proxy_configuration_error", 502, $"The upstream proxy {proxy} does not take addresses such as {authority}."),
        _ => new("destination_unavailable", 502, $"The upstream proxy {proxy} could not connect to {authority} (SOCKS reply {reply})."),
    };

    /// <summary>The address that a name led to is private, and --deny-private is set (RFC 9209 §2.3.5).</summary>
    public static FlowError Private(string authority) =>
        new("destination_ip_prohibited", 403, $"{authority} is a private address, which this proxy does not connect to.");

    public static FlowError NoFamily(string authority, System.Net.IPAddress source) =>
        new("destination_ip_unroutable", 502, $"{authority} has no address that can be reached from {source} (--bind).");

    public static FlowError Timeout(DeadlineKind kind, string authority) => kind switch
    {
        DeadlineKind.Response => new("http_response_timeout", 504, $"{authority} did not answer in time."),
        _ => new("connection_read_timeout", 504, $"A body exchanged with {authority} stood still for too long."),
    };

    public static FlowError TunnelIdle(string authority, TimeSpan timeout) =>
        new("connection_read_timeout", 504, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The tunnel to {authority} stood still for {timeout.TotalSeconds:0.###} s."));

    /// <summary>What an exception means for a flow; null for a mistake of ours that must not be hidden.</summary>
    public static FlowError? From(Exception exception) => exception switch
    {
        FlowException flow => flow.Error,
        AddonException { InnerException: FlowException inner } => inner.Error,
        AddonException { InnerException: BrokenBodyException inner } => inner.Error,
        BrokenBodyException broken => broken.Error,
        AddonException { InnerException: BodyTooLargeException inner } => From(inner),
        AddonException { IsCircuitOpen: true } addon => new("proxy_internal_error", 502, $"The addon {addon.Addon} failed {CircuitBreaker.FailuresToOpen} times in a row in {addon.Hook} and is not called any more."),
        AddonException addon => new("proxy_internal_error", 502, $"The addon {addon.Addon} failed in {addon.Hook}."),
        BodyTooLargeException => new("http_request_error", 413, exception.Message),
        InvalidDataException => new("http_protocol_error", 502, "A body is not what its Content-Encoding says."),
        IOException or SocketException or ObjectDisposedException or AuthenticationException or OperationCanceledException =>
            new("connection_terminated", 502, "The connection broke."),
        _ => null,
    };
}
