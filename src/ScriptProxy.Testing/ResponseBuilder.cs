using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Testing;

/// <summary>Builds the response of an origin, for <see cref="FlowBuilder.WithResponse(ResponseBuilder)"/>.</summary>
public sealed class ResponseBuilder : MessageBuilder<ResponseBuilder>
{
    /// <summary>The key that RFC 6455 §1.3 explains the opening of a WebSocket with.</summary>
    internal const string WebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";

    private const string WebSocketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private readonly int _statusCode;
    private string _reasonPhrase;

    private ResponseBuilder(int statusCode)
    {
        _statusCode = statusCode;
        _reasonPhrase = ReasonPhrases.GetReasonPhrase(statusCode);
    }

    /// <summary>Begins a response.</summary>
    /// <param name="statusCode">200 to 599.</param>
    public static ResponseBuilder Of(int statusCode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 599);
        return new ResponseBuilder(statusCode);
    }

    /// <summary>Begins a 200 with a JSON document as its body; see <see cref="MessageBuilder{TBuilder}.WithJson"/>.</summary>
    public static ResponseBuilder OfJson<T>(T value) => Of(200).WithJson(value);

    /// <summary>Replaces the usual reason phrase of the status.</summary>
    public ResponseBuilder WithReasonPhrase(string reasonPhrase)
    {
        _reasonPhrase = HeaderSyntax.CheckValue("reason phrase", reasonPhrase);
        return this;
    }

    /// <summary>Begins the 101 of a server that agrees to a WebSocket, and speaks what the client likes best.</summary>
    internal static ResponseBuilder SwitchingProtocols(HttpRequest request)
    {
        var builder = new ResponseBuilder(101).WithHeader("Connection", "Upgrade").WithHeader("Upgrade", "websocket").WithHeader("Sec-WebSocket-Accept", WebSocketAccept);
        return request.Headers["Sec-WebSocket-Protocol"] is { } offered ? builder.WithHeader("Sec-WebSocket-Protocol", offered.Split(',')[0].Trim()) : builder;
    }

    /// <summary>The response as the proxy would receive it.</summary>
    internal FlowResponse Build(FlowRequest request, long bodyLimit)
    {
        var pieces = Pieces();
        var head = WrittenHead.Of($"HTTP/1.1 {_statusCode} {_reasonPhrase}", Lines(pieces, announceEmpty: _statusCode is not (101 or 204 or 304)));
        ConnectionOptions.Read(head, mayUpgrade: _statusCode == 101);
        if (MessageFraming.OfResponse(head, HttpVersion.Version11, _statusCode, request.IsHead, out var framing) is { } problem)
            throw new InvalidOperationException($"The response has {problem}.");

        var body = Body(pieces, framing, () => new FlowException(FlowErrors.Incomplete(request.Destination.Authority)));
        return new FlowResponse(head, _statusCode, HttpVersion.Version11, new MessageBody(body, bodyLimit));
    }
}
