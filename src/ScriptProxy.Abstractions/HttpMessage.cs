using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ScriptProxy.Forms;
using ScriptProxy.Streaming;

namespace ScriptProxy;

/// <summary>
/// A request or a response: head now, body when asked for. A body nobody reads or replaces streams through untouched.
/// Not thread-safe: use it inside the hook that was given the flow.
/// </summary>
public abstract class HttpMessage
{
    private const int DefaultLineBytes = 1024 * 1024;

    internal HttpMessage()
    {
    }

    /// <summary>The protocol the message arrived with: 1.0, 1.1 or 2.0.</summary>
    public abstract Version HttpVersion { get; }

    /// <summary>The header fields.</summary>
    public abstract HeaderList Headers { get; }

    /// <summary>Media type without parameters, in lower case (RFC 9110 §8.3); null when absent.</summary>
    public string? ContentType
    {
        get
        {
            if (Headers["Content-Type"] is not { } value) return null;
            var semicolon = value.IndexOf(';', StringComparison.Ordinal);
            return (semicolon < 0 ? value : value[..semicolon]).Trim().ToLowerInvariant();
        }
    }

    /// <summary>Whether a body follows the head (it may turn out empty).</summary>
    public abstract bool HasBody { get; }

    /// <summary>The body's length on the wire in bytes, as announced by Content-Length; null when unknown in advance.</summary>
    public abstract long? ContentLength { get; }

    /// <summary>
    /// The trailer fields (RFC 9110 §6.5), which follow the body: null until its end was read, by an addon or because it passed through; empty
    /// when there are none. What is added or changed before the message goes out is sent, where the receiver's protocol has trailers: HTTP/1.1,
    /// in a chunked body then, and HTTP/2. Replacing the body removes them. Null for a message without a body.
    /// </summary>
    public abstract HeaderList? Trailers { get; }

    /// <summary>The body without content codings as somebody read or made it; null while nobody did.</summary>
    internal virtual ReadOnlyMemory<byte>? BodyInMemory => null;

    /// <summary>
    /// Reads the whole body and keeps it, content codings (gzip, deflate, br) removed. Later readers get the same bytes; the wire gets the
    /// original ones unless the body is replaced. A body that nobody read before its message was passed on cannot be read any more: read a
    /// request's in <see cref="Addon.OnRequestAsync"/>, a response's in <see cref="Addon.OnResponseAsync"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The body was passed on already without being read.</exception>
    /// <exception cref="BodyTooLargeException">The body, coded or decoded, exceeds the body limit.</exception>
    /// <exception cref="InvalidDataException">The body is not what its Content-Encoding says, or the coding is unknown.</exception>
    /// <exception cref="IOException">The sender went away before the end.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the whole body as text: by its byte order mark, which is left out, else in the charset of Content-Type, else in UTF-8.</summary>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<string> ReadTextAsync(CancellationToken cancellationToken = default)
    {
        var bytes = await ReadBytesAsync(cancellationToken);
        return TextCharset.Decode(bytes.Span, Headers["Content-Type"]);
    }

    /// <summary>Reads the whole body as JSON. An empty body or the JSON null gives null.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<T?> ReadJsonAsync<T>(CancellationToken cancellationToken = default)
    {
        var bytes = await ReadBytesAsync(cancellationToken);
        if (bytes.IsEmpty) return default;
        var encoding = TextCharset.Of(bytes.Span, Headers["Content-Type"], out var markLength);
        return TextCharset.IsUtf8(encoding)
            ? JsonSerializer.Deserialize<T>(bytes.Span[markLength..], JsonSerializerOptions.Web)
            : JsonSerializer.Deserialize<T>(encoding.GetString(bytes.Span[markLength..]), JsonSerializerOptions.Web);
    }

    /// <summary>Reads the whole body as a form: application/x-www-form-urlencoded or multipart/form-data, whichever Content-Type says.</summary>
    /// <param name="maxFields">A form of more fields is refused.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="InvalidDataException">The body is no form, is damaged, or has more fields.</exception>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<Form> ReadFormAsync(int maxFields = 1_000, CancellationToken cancellationToken = default)
    {
        var isMultipart = ContentType == MultipartForm.MediaType;
        if (!isMultipart && ContentType != UrlEncodedForm.MediaType)
            throw new InvalidDataException($"The body is no form: its Content-Type is {(ContentType is { } type ? $"\"{type}\"" : "missing")}.");
        var bytes = await ReadBytesAsync(cancellationToken);
        var contentType = Headers["Content-Type"];
        return isMultipart ? MultipartForm.Read(bytes, contentType, maxFields) : UrlEncodedForm.Read(bytes.Span, TextCharset.Of(contentType), maxFields);
    }

    /// <summary>
    /// Replaces the body, and drops transforms asked for before. Content-Length is set; trailers are removed. The bytes are given without
    /// content coding: what Content-Encoding says when the message is sent (gzip, deflate, br, several of them) is applied then. The field
    /// stays as it came; remove it to send the body plain. It is removed where its coding cannot be applied, and with an empty body.
    /// </summary>
    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    public abstract void SetBody(ReadOnlyMemory<byte> body);

    /// <summary>
    /// Replaces the body by text in the charset of Content-Type, else UTF-8. Where that charset lacks a character, Content-Type is changed to
    /// UTF-8; where there is no Content-Type, it becomes text/plain.
    /// </summary>
    /// <inheritdoc cref="SetBody" path="/exception"/>
    public void SetText(string text) => SetText(text, "text/plain; charset=utf-8");

    /// <summary>Replaces the body by a JSON document. Sets Content-Type to application/json where there is none.</summary>
    /// <inheritdoc cref="SetBody" path="/exception"/>
    public void SetJson<T>(T value)
    {
        // A JsonNode writes itself; the serializer would cache type information for nothing.
        var text = value is JsonNode node ? node.ToJsonString(JsonSerializerOptions.Web) : JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
        SetText(text, "application/json");
    }

    /// <summary>
    /// Replaces the body by a form: multipart/form-data where Content-Type says so already or a field is a file, else
    /// application/x-www-form-urlencoded. Content-Type is set to match.
    /// </summary>
    /// <inheritdoc cref="SetBody" path="/exception"/>
    public void SetForm(Form form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var isMultipart = ContentType == MultipartForm.MediaType || form.Any(field => field.IsFile);
        if (!isMultipart)
        {
            SetBody(UrlEncodedForm.Write(form));
            if (ContentType != UrlEncodedForm.MediaType || !TextCharset.IsUtf8(TextCharset.Of(Headers["Content-Type"]))) Headers.Set("Content-Type", UrlEncodedForm.MediaType);
            return;
        }

        var former = ContentType == MultipartForm.MediaType ? MultipartForm.BoundaryOf(Headers["Content-Type"]) : null;
        var boundary = MultipartForm.ChooseBoundary(form, former);
        SetBody(MultipartForm.Write(form, boundary));
        if (boundary != former) Headers.Set("Content-Type", $"{MultipartForm.MediaType}; boundary={boundary}");
    }

    /// <summary>
    /// Lets the body pass through code while it is on its way: nothing is held back but what the code holds. Several transforms apply in the
    /// order of these calls; reading the body afterwards reads what they make of it. Not called for a message without a body, such as the
    /// answer to HEAD. Content-Length is removed; content codings are removed before and applied again after.
    /// </summary>
    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    /// <exception cref="InvalidDataException">The body has a content coding that cannot be removed.</exception>
    public abstract void Transform(BodyTransform transform);

    /// <summary>
    /// Replaces a text wherever it occurs while the body passes. Nothing is held back but what may be its beginning. Compares ordinally, in the
    /// charset of the body.
    /// </summary>
    /// <param name="search">What to look for; not empty.</param>
    /// <param name="replacement">What stands there instead.</param>
    /// <exception cref="ArgumentException">There is nothing to look for.</exception>
    /// <inheritdoc cref="Transform" path="/exception"/>
    public void ReplaceText(string search, string replacement)
    {
        ArgumentException.ThrowIfNullOrEmpty(search);
        ArgumentNullException.ThrowIfNull(replacement);
        Transform(StreamedText.Transform(Headers["Content-Type"], (input, output, encoding, cancellationToken) =>
            TextReplacement.RunAsync(input, output, encoding.GetBytes(search), encoding.GetBytes(replacement), cancellationToken)));
    }

    /// <summary>
    /// Replaces every match of a pattern while the body passes, line by line: a match does not reach beyond its line, and "$" is the line's
    /// end. For patterns over several lines, read the text and set it.
    /// </summary>
    /// <param name="pattern">The pattern; give it a match timeout where the body is not trusted.</param>
    /// <param name="replacement">What stands there instead; "$1" is the first group.</param>
    /// <param name="maxLineBytes">A longer line fails the message.</param>
    /// <inheritdoc cref="Transform" path="/exception"/>
    public void ReplaceText(Regex pattern, string replacement, int maxLineBytes = DefaultLineBytes)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(replacement);
        TransformLines(line => pattern.Replace(line, replacement), maxLineBytes);
    }

    /// <summary>
    /// Lets code change the lines of a text while it passes. Each line goes on as soon as it is whole, with the line break it came with (LF or
    /// CRLF); one that is not changed leaves as the bytes it came as.
    /// </summary>
    /// <param name="edit">Gets a line without its line break; gives the line to send, or null to drop it.</param>
    /// <param name="maxLineBytes">A longer line fails the message.</param>
    /// <inheritdoc cref="Transform" path="/exception"/>
    public void TransformLines(Func<string, string?> edit, int maxLineBytes = DefaultLineBytes)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Transform(StreamedText.Transform(Headers["Content-Type"], (input, output, encoding, cancellationToken) =>
            LineTransform.RunAsync(input, output, LineTransform.OfText(edit, encoding), maxLineBytes, cancellationToken)));
    }

    /// <summary>
    /// Lets code change JSON lines (one document per line, as in application/x-ndjson) while they pass. A document that is not changed leaves as
    /// the bytes it came as; empty lines and the JSON null pass. A line that is no JSON fails the message.
    /// </summary>
    /// <param name="edit">Gets a document, which it may change; gives the one to send, or null to drop the line.</param>
    /// <param name="maxLineBytes">A longer line fails the message.</param>
    /// <inheritdoc cref="Transform" path="/exception"/>
    public void TransformJsonLines(Func<JsonNode, JsonNode?> edit, int maxLineBytes = DefaultLineBytes)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Transform(StreamedText.Transform(null, (input, output, _, cancellationToken) =>
            LineTransform.RunAsync(input, output, LineTransform.OfJson(edit), maxLineBytes, cancellationToken)));
    }

    /// <summary>
    /// Lets code change server-sent events (text/event-stream) while they pass: each one that it gives goes on at once. It reads the events with
    /// <c>await foreach</c> and gives those to send with <c>yield return</c>: the same, changed by <c>with</c>, fewer, more. When it ends, so
    /// does the body. What is no event for clients (comments, an id alone) passes by it.
    /// </summary>
    /// <param name="transform">Called once.</param>
    /// <param name="maxEventBytes">A longer event fails the message.</param>
    /// <inheritdoc cref="Transform" path="/exception"/>
    public void TransformServerSentEvents(Func<IAsyncEnumerable<ServerSentEvent>, IAsyncEnumerable<ServerSentEvent>> transform, int maxEventBytes = DefaultLineBytes)
    {
        ArgumentNullException.ThrowIfNull(transform);
        Transform(ServerSentEvents.Transform(transform, maxEventBytes));
    }

    /// <summary>Lets code change server-sent events one by one while they pass.</summary>
    /// <param name="edit">Gets an event; gives the one to send, or null to drop it.</param>
    /// <param name="maxEventBytes">A longer event fails the message.</param>
    /// <inheritdoc cref="Transform" path="/exception"/>
    [OverloadResolutionPriority(1)]
    public void TransformServerSentEvents(Func<ServerSentEvent, ServerSentEvent?> edit, int maxEventBytes = DefaultLineBytes)
    {
        ArgumentNullException.ThrowIfNull(edit);
        TransformServerSentEvents(EditAsync, maxEventBytes);

        async IAsyncEnumerable<ServerSentEvent> EditAsync(IAsyncEnumerable<ServerSentEvent> events)
        {
            await foreach (var passed in events)
            {
                if (edit(passed) is { } edited) yield return edited;
            }
        }
    }

    /// <summary>
    /// Replaces values of a JSON body, JSON lines too, and leaves everything else as it is written. Reads the body; one without such values goes
    /// on as it came.
    /// </summary>
    /// <param name="paths">As in RFC 9535: $.user.ssn, $.items[*].key, $..password. Names, indexes, * and .. are known, filters are not.</param>
    /// <param name="replace">Gets a string's text, or any other value as JSON; gives the string to write, or null to leave the value.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <returns>Whether a value was replaced.</returns>
    /// <exception cref="ArgumentException">Not such a path.</exception>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<bool> ReplaceJsonAsync(IEnumerable<string> paths, Func<string, string?> replace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(replace);
        JsonPath[] wanted = [.. paths.Select(JsonPath.Parse)];
        var bytes = await ReadBytesAsync(cancellationToken);
        if (bytes.IsEmpty) return false;
        var encoding = TextCharset.Of(bytes.Span, Headers["Content-Type"], out var markLength);
        var isUtf8 = TextCharset.IsUtf8(encoding);
        ReadOnlyMemory<byte> json = isUtf8 ? bytes[markLength..] : System.Text.Encoding.UTF8.GetBytes(encoding.GetString(bytes.Span[markLength..]));
        if (JsonValues.Replace(json.Span, wanted, replace) is not { } replaced) return false;
        if (isUtf8) SetBody(replaced);
        else SetText(System.Text.Encoding.UTF8.GetString(replaced.Span), "application/json");
        return true;
    }

    private void SetText(string text, string contentTypeWhenMissing)
    {
        var declared = Headers["Content-Type"];
        var contentType = declared;
        SetBody(TextCharset.Encode(text, ref contentType));
        if (contentType != declared) Headers.Set("Content-Type", contentType!);
        else if (declared is null) Headers.Set("Content-Type", contentTypeWhenMissing);
    }
}
