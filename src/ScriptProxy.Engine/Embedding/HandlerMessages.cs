using System.Net;
using System.Net.Http.Headers;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Embedding;

/// <summary>An HttpClient's messages as those of a flow, and back. Bodies are handed over unread.</summary>
internal static class HandlerMessages
{
    /// <exception cref="InvalidOperationException">The request has no absolute http or https URL.</exception>
    public static FlowRequest ToFlow(HttpRequestMessage message, long bodyLimit, CancellationToken cancellationToken)
    {
        if (message.RequestUri is not { IsAbsoluteUri: true, Scheme: "http" or "https" } uri)
            throw new InvalidOperationException("Addons see requests for absolute http and https URLs only.");

        var host = uri.IdnHost.Trim('[', ']').ToLowerInvariant();
        var destination = new Destination(uri.Scheme == "https", host, uri.Port, host);
        var length = message.Content?.Headers.ContentLength;
        var head = new HeaderBlock();
        if (message.Headers.Host is null) head.AppendLine("Host", destination.Authority);
        Append(head, message.Headers.NonValidated);
        if (message.Content is { } content) Append(head, content.Headers.NonValidated);

        var reader = message.Content is null || length == 0
            ? null
            : new StreamBodyReader(message.Content, length is { } bytes ? Framing.OfLength(bytes) : Framing.Chunked, static exception => FlowException.ClientGone(exception)) { Cancellation = cancellationToken };
        return new FlowRequest(head, new RequestLine(message.Method.Method, uri.PathAndQuery, message.Version), destination, new MessageBody(reader, bodyLimit) { Owner = BodyOwner.Request });
    }

    /// <summary>The request as addons left it.</summary>
    /// <param name="request">The flow's request.</param>
    /// <param name="original">What it was made of; its properties that addons do not see are carried over.</param>
    public static HttpRequestMessage ToMessage(FlowRequest request, HttpRequestMessage original)
    {
        var isPayloadMethod = request.Method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE" or "DELETE");
        var body = OutgoingBody.Of(request.Body, request.Head, mayChunk: true, lengthWhenEmpty: isPayloadMethod && original.Content is not null);
        var message = new HttpRequestMessage(new HttpMethod(request.Method), UrlOf(request, original))
        {
            Version = original.Version,
            VersionPolicy = original.VersionPolicy,
            Content = body.Framing.Kind == FramingKind.None && original.Content is null ? null : new RequestContent(body, original.Content),
        };
        foreach (var option in original.Options) ((IDictionary<string, object?>)message.Options)[option.Key] = option.Value;

        foreach (var (name, value) in request.Headers)
        {
            // The sender frames the body itself and names the host of the URL.
            var isOwn = name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && original.Headers.TransferEncodingChunked != true;
            var isHostOfUrl = name.Equals("Host", StringComparison.OrdinalIgnoreCase) && original.Headers.Host is null && value == request.Destination.Authority;
            if (isOwn || isHostOfUrl || message.Headers.TryAddWithoutValidation(name, value)) continue;
            (message.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    /// <param name="message">What the next handler answered; its body is not read.</param>
    /// <param name="request">What it answers.</param>
    /// <param name="bodyLimit">How much of the body addons may read, in bytes.</param>
    /// <param name="cancellationToken">Ends reads of addons.</param>
    public static FlowResponse ToFlow(HttpResponseMessage message, FlowRequest request, long bodyLimit, CancellationToken cancellationToken)
    {
        var statusCode = (int)message.StatusCode;
        var lines = new HeaderBlock();
        Append(lines, message.Headers.NonValidated);
        var length = message.Content.Headers.ContentLength;
        Append(lines, message.Content.Headers.NonValidated);
        var head = WrittenHead.Of($"HTTP/1.1 {statusCode} {message.ReasonPhrase}", lines);

        var isBodyless = request.IsHead || statusCode is 204 or 304 || length == 0;
        var reader = isBodyless
            ? null
            : new StreamBodyReader(message.Content, FramingOf(message, length), exception => new FlowException(FlowErrors.Incomplete(request.Destination.Authority), exception), () => TrailersOf(message)) { Cancellation = cancellationToken };
        return new FlowResponse(head, statusCode, message.Version, new MessageBody(reader, bodyLimit));
    }

    /// <summary>The response as addons left it.</summary>
    /// <param name="response">The flow's response.</param>
    /// <param name="content">Its body.</param>
    public static HttpResponseMessage ToMessage(FlowResponse response, HttpContent content)
    {
        var message = new HttpResponseMessage((HttpStatusCode)response.StatusCode) { ReasonPhrase = response.ReasonPhrase, Version = response.HttpVersion, Content = content };
        foreach (var (name, value) in response.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private static Uri UrlOf(FlowRequest request, HttpRequestMessage original)
    {
        var url = request.Url;
        return original.RequestUri is { } uri && url == $"{uri.Scheme}://{request.Destination.Authority}{uri.PathAndQuery}" && uri.IdnHost.Trim('[', ']').Equals(request.Host, StringComparison.OrdinalIgnoreCase)
            ? uri
            : new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    private static Framing FramingOf(HttpResponseMessage message, long? length)
    {
        if (length is { } bytes) return Framing.OfLength(bytes);
        return message.Headers.TransferEncodingChunked == true ? Framing.Chunked : Framing.UntilClose;
    }

    private static HeaderBlock? TrailersOf(HttpResponseMessage message)
    {
        var block = new HeaderBlock();
        Append(block, message.TrailingHeaders.NonValidated);
        return block.Count == 0 ? null : block;
    }

    private static void Append(HeaderBlock head, HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values) head.AppendLine(HeaderSyntax.CheckName(name), HeaderSyntax.CheckValue(name, value));
        }
    }
}
