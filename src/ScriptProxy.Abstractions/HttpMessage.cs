using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScriptProxy;

/// <summary>
/// A request or a response: head now, body when asked for. A body nobody reads or replaces streams through untouched.
/// Not thread-safe: use it inside the hook that was given the flow.
/// </summary>
public abstract class HttpMessage
{
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
    /// Reads the whole body and keeps it, content codings (gzip, deflate, br) removed. Later readers get the same bytes; the wire gets the
    /// original ones unless the body is replaced. A body that nobody read before its message was passed on cannot be read any more: read a
    /// request's in <see cref="Addon.OnRequestAsync"/>, a response's in <see cref="Addon.OnResponseAsync"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The body was passed on already without being read.</exception>
    /// <exception cref="BodyTooLargeException">The body, coded or decoded, exceeds the body limit.</exception>
    /// <exception cref="InvalidDataException">The body is not what its Content-Encoding says, or the coding is unknown.</exception>
    /// <exception cref="IOException">The sender went away before the end.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the whole body as text, in the charset of Content-Type, else UTF-8.</summary>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public abstract ValueTask<string> ReadTextAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the whole body as JSON (UTF-8). An empty body or the JSON null gives null.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <inheritdoc cref="ReadBytesAsync" path="/exception"/>
    public async ValueTask<T?> ReadJsonAsync<T>(CancellationToken cancellationToken = default)
    {
        var bytes = await ReadBytesAsync(cancellationToken);
        return bytes.IsEmpty ? default : JsonSerializer.Deserialize<T>(bytes.Span, JsonSerializerOptions.Web);
    }

    /// <summary>Replaces the body. Content-Length is set, Content-Encoding and Transfer-Encoding are removed, as are trailers.</summary>
    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    public abstract void SetBody(ReadOnlyMemory<byte> body);

    /// <summary>Replaces the body by text in the charset of Content-Type, else UTF-8. Sets Content-Type to text/plain where there is none.</summary>
    /// <inheritdoc cref="SetBody" path="/exception"/>
    public abstract void SetText(string text);

    /// <summary>Replaces the body by a JSON document in UTF-8. Sets Content-Type to application/json where there is none.</summary>
    /// <inheritdoc cref="SetBody" path="/exception"/>
    public void SetJson<T>(T value)
    {
        // A JsonNode writes itself; the serializer would cache type information for nothing.
        var bytes = value is JsonNode node
            ? System.Text.Encoding.UTF8.GetBytes(node.ToJsonString(JsonSerializerOptions.Web))
            : JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web);
        SetBody(bytes);
        if (!Headers.Contains("Content-Type")) Headers.Set("Content-Type", "application/json");
    }
}
