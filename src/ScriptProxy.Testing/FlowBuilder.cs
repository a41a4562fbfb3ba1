using System.Net;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Testing;

/// <summary>
/// Builds a flow without a network: a request as a client would send it, and the response that the origin will give. The flow is of the
/// proxy's own making, so bodies, codings, limits and headers behave as they do in production.
/// </summary>
public sealed class FlowBuilder : MessageBuilder<FlowBuilder>
{
    private static long LastFlow;

    private readonly string _method;
    private readonly string _url;
    private Version _version = HttpVersion.Version11;
    private ClientConnection? _client;
    private long _bodyLimit = new ProxyOptions().BodyLimit;
    private Func<HttpRequest, ResponseBuilder> _respond = static _ => ResponseBuilder.Of(200);

    private FlowBuilder(string method, string url)
    {
        _method = method;
        _url = url;
    }

    /// <summary>Begins a GET of an absolute http or https URL.</summary>
    public static FlowBuilder Get(string url) => Of("GET", url);

    /// <summary>Begins a POST to an absolute http or https URL.</summary>
    public static FlowBuilder Post(string url) => Of("POST", url);

    /// <summary>Begins a PUT to an absolute http or https URL.</summary>
    public static FlowBuilder Put(string url) => Of("PUT", url);

    /// <summary>Begins a DELETE of an absolute http or https URL.</summary>
    public static FlowBuilder Delete(string url) => Of("DELETE", url);

    /// <summary>Begins a request of any method.</summary>
    /// <param name="method">A token, case-sensitive.</param>
    /// <param name="url">An absolute http or https URL.</param>
    /// <exception cref="ArgumentException">One of them cannot stand in a request.</exception>
    public static FlowBuilder Of(string method, string url)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (!HeaderSyntax.IsToken(method)) throw new ArgumentException($"\"{method}\" is not a method.", nameof(method));
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) throw new ArgumentException($"\"{url}\" is not an absolute http or https URL.", nameof(url));
        return new FlowBuilder(method, url);
    }

    /// <summary>
    /// Begins a request that opens a WebSocket over HTTP/1.1, for <see cref="AddonHost.OpenWebSocketAsync"/>. The server agrees and chooses the first
    /// subprotocol, unless another response is given.
    /// </summary>
    /// <param name="url">An absolute ws or wss URL.</param>
    /// <param name="subprotocols">What the client offers to speak, best first; none for no offer.</param>
    /// <exception cref="ArgumentException">The URL is another one, or a subprotocol is not a token.</exception>
    public static FlowBuilder WebSocket(string url, params string[] subprotocols)
    {
        ArgumentNullException.ThrowIfNull(subprotocols);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("ws" or "wss")) throw new ArgumentException($"\"{url}\" is not an absolute ws or wss URL.", nameof(url));
        if (subprotocols.FirstOrDefault(name => !HeaderSyntax.IsToken(name)) is { } wrong) throw new ArgumentException($"\"{wrong}\" is not a subprotocol.", nameof(subprotocols));
        var builder = Of("GET", string.Concat("http", url.AsSpan("ws".Length)))
            .WithHeader("Connection", "Upgrade")
            .WithHeader("Upgrade", "websocket")
            .WithHeader("Sec-WebSocket-Version", "13")
            .WithHeader("Sec-WebSocket-Key", ResponseBuilder.WebSocketKey)
            .WithResponse(ResponseBuilder.SwitchingProtocols);
        return subprotocols.Length == 0 ? builder : builder.WithHeader("Sec-WebSocket-Protocol", string.Join(", ", subprotocols));
    }

    /// <summary>Says which protocol the client speaks: 1.0, 1.1 (the default) or 2.0.</summary>
    public FlowBuilder WithHttpVersion(Version version)
    {
        ArgumentNullException.ThrowIfNull(version);
        if (version != HttpVersion.Version10 && version != HttpVersion.Version11 && version != HttpVersion.Version20)
            throw new ArgumentException($"HTTP/{version} does not reach addons: use 1.0, 1.1 or 2.0.", nameof(version));
        _version = version;
        return this;
    }

    /// <summary>Says who the client is, when it matters; flows built with the same one share its metadata. See <see cref="TestConnections.Client"/>.</summary>
    public FlowBuilder WithClient(ClientConnection client)
    {
        _client = client;
        return this;
    }

    /// <summary>Sets how much of one body or WebSocket message an addon may read; 64 MiB as in the proxy when left out.</summary>
    public FlowBuilder WithBodyLimit(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _bodyLimit = bytes;
        return this;
    }

    /// <summary>Sets the response of the origin: text in UTF-8. Without one it is an empty 200.</summary>
    public FlowBuilder WithResponse(int statusCode, string text = "", string contentType = "text/plain; charset=utf-8")
    {
        var response = ResponseBuilder.Of(statusCode);
        return WithResponse(text.Length == 0 ? response : response.WithText(text, contentType));
    }

    /// <summary>Sets the response of the origin.</summary>
    public FlowBuilder WithResponse(ResponseBuilder response)
    {
        ArgumentNullException.ThrowIfNull(response);
        _respond = _ => response;
        return this;
    }

    /// <summary>Sets what the origin responds to the request that reaches it.</summary>
    public FlowBuilder WithResponse(Func<HttpRequest, ResponseBuilder> respond)
    {
        ArgumentNullException.ThrowIfNull(respond);
        _respond = respond;
        return this;
    }

    /// <summary>Lets the exchange with the origin fail instead of giving a response.</summary>
    /// <param name="error">Why, such as <c>new FlowError("connection_refused", 502, "origin.test refused the connection.")</c>.</param>
    public FlowBuilder WithError(FlowError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        _respond = _ => throw new FlowException(error);
        return this;
    }

    /// <summary>Builds the flow. May be called again for another flow of the same kind.</summary>
    /// <exception cref="InvalidOperationException">The headers contradict each other or the body; the proxy would refuse the request.</exception>
    public TestFlow Build()
    {
        var destination = DestinationOf(_url, out var target);
        var pieces = Pieces();
        var headers = HostFirst(Lines(pieces, announceEmpty: _method is "POST" or "PUT" or "PATCH"), destination);
        var (head, line, framing) = _version.Major == 2 ? Http2Head(headers, target) : Http1Head(headers, target);

        var isUpgrade = ConnectionOptions.Read(head, mayUpgrade: framing.Kind == FramingKind.None).Upgrade;
        var body = Body(pieces, framing, static () => FlowException.ClientGone());
        var request = new FlowRequest(head, line, destination, new MessageBody(body, _bodyLimit) { Owner = BodyOwner.Request }) { IsUpgrade = isUpgrade };
        var flow = new Flow(Interlocked.Increment(ref LastFlow), _client ?? TestConnections.Client(), request, TimeProvider.System);
        var respond = _respond;
        var bodyLimit = _bodyLimit;
        return new TestFlow(flow, bodyLimit, () => respond(request).Build(request, bodyLimit));
    }

    private static Destination DestinationOf(string url, out string target)
    {
        // The request itself knows how to take a URL apart: the target keeps its encoding.
        var parser = new FlowRequest(new HeaderBlock(), new RequestLine("GET", "/", HttpVersion.Version11), Destination.Plain("parser", 80), new MessageBody(null, 0)) { Url = url };
        target = parser.Target;
        return parser.Destination;
    }

    private static IEnumerable<KeyValuePair<string, string>> HostFirst(IEnumerable<KeyValuePair<string, string>> lines, Destination destination) =>
        lines.Any(line => line.Key.Equals("Host", StringComparison.OrdinalIgnoreCase)) ? lines : lines.Prepend(new("Host", destination.Authority));

    private (HeaderBlock Head, RequestLine Line, Framing Framing) Http1Head(IEnumerable<KeyValuePair<string, string>> headers, string target)
    {
        var head = WrittenHead.Of($"{_method} {target} HTTP/{_version}", headers);
        if (RequestLineParser.Parse(head.StartLine, out var parsed) is { } refusal) throw new InvalidOperationException(refusal.Message);
        if (RequestTargets.CheckHost(head, isRequired: true) is { } hostRefusal) throw new InvalidOperationException(hostRefusal.Message);
        if (MessageFraming.OfRequest(head, _version, out var framing) is { } problem) throw new InvalidOperationException($"The request has {problem}.");
        return (head, new RequestLine(parsed.Method, parsed.Target, isOriginForm: true, parsed.Version), framing);
    }

    private (HeaderBlock Head, RequestLine Line, Framing Framing) Http2Head(IEnumerable<KeyValuePair<string, string>> headers, string target)
    {
        var head = new HeaderBlock();
        foreach (var (name, value) in headers)
        {
            // RFC 9113 §8.2.2: frames say where a body ends.
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) head.AppendLine(name, value);
        }

        if (MessageFraming.OfRequest(head, HttpVersion.Version11, out var framing) is { } problem) throw new InvalidOperationException($"The request has {problem}.");
        if (framing.Kind == FramingKind.None && HasBody) framing = Framing.Chunked;
        return (head, new RequestLine(_method, target, _version), framing);
    }
}
