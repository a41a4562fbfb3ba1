using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Testing;

/// <summary>What a request and a response are made of alike. The methods change the builder and return it.</summary>
/// <typeparam name="TBuilder">The builder itself.</typeparam>
public abstract class MessageBuilder<TBuilder>
    where TBuilder : MessageBuilder<TBuilder>
{
    private readonly List<KeyValuePair<string, string>> _headers = [];
    private readonly List<KeyValuePair<string, string>> _trailers = [];
    private List<byte[]>? _pieces;
    private bool _isChunked;
    private string? _coding;

    private protected MessageBuilder()
    {
    }

    private protected bool BreaksOff { get; private set; }

    private protected bool HasBody => _pieces is not null;

    /// <summary>
    /// Appends a header line. The lines that describe the body (Content-Length, or Transfer-Encoding for chunks) and a request's Host come by
    /// themselves, unless they are given.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds CR, LF or NUL.</exception>
    public TBuilder WithHeader(string name, string value)
    {
        _headers.Add(new(HeaderSyntax.CheckName(name), HeaderSyntax.CheckValue(name, value)));
        return (TBuilder)this;
    }

    /// <summary>Gives it a body of known length.</summary>
    /// <param name="body">The bytes; copied.</param>
    /// <param name="contentType">The Content-Type header; null adds none.</param>
    public TBuilder WithBody(ReadOnlyMemory<byte> body, string? contentType = null)
    {
        _pieces = [body.ToArray()];
        _isChunked = false;
        return contentType is null ? (TBuilder)this : WithHeader("Content-Type", contentType);
    }

    /// <summary>Gives it a text in UTF-8 as its body.</summary>
    public TBuilder WithText(string text, string contentType = "text/plain; charset=utf-8") => WithBody(Encoding.UTF8.GetBytes(text), contentType);

    /// <summary>Gives it a JSON document as its body, written as <see cref="HttpMessage.SetJson{T}"/> writes it; a JsonNode as it is.</summary>
    public TBuilder WithJson<T>(T value) => WithBody(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), "application/json");

    /// <summary>Gives it the fields of a form as its body (application/x-www-form-urlencoded).</summary>
    public TBuilder WithForm(params (string Name, string Value)[] fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var text = string.Join('&', fields.Select(field => $"{FormEncoded(field.Name)}={FormEncoded(field.Value)}"));
        return WithBody(Encoding.ASCII.GetBytes(text), "application/x-www-form-urlencoded");
    }

    /// <summary>Gives it a body of unknown length that arrives in these pieces: to find out what an addon does when a word is cut in two.</summary>
    public TBuilder WithChunks(params string[] pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        return WithChunks(pieces.Select(piece => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(piece)));
    }

    /// <summary>Gives it a body of unknown length that arrives in these pieces; empty ones are left out.</summary>
    public TBuilder WithChunks(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        _pieces = [.. pieces.Where(piece => !piece.IsEmpty).Select(piece => piece.ToArray())];
        _isChunked = true;
        return (TBuilder)this;
    }

    /// <summary>Appends a trailer line, which follows a chunked body (RFC 9110 §6.5).</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds CR, LF or NUL.</exception>
    public TBuilder WithTrailer(string name, string value)
    {
        _trailers.Add(new(HeaderSyntax.CheckName(name), HeaderSyntax.CheckValue(name, value)));
        return (TBuilder)this;
    }

    /// <summary>Compresses the body and says so in Content-Encoding.</summary>
    /// <param name="coding">gzip, deflate or br.</param>
    public TBuilder WithContentEncoding(string coding)
    {
        if (coding is not ("gzip" or "deflate" or "br")) throw new ArgumentException($"\"{coding}\": the kit compresses with gzip, deflate and br.", nameof(coding));
        _coding = coding;
        return WithHeader("Content-Encoding", coding);
    }

    /// <summary>Lets the sender go away after the last byte of the body given, before its announced end.</summary>
    public TBuilder WithBreakAfterBody()
    {
        BreaksOff = true;
        return (TBuilder)this;
    }

    /// <summary>The field lines with those that follow from the body.</summary>
    /// <param name="pieces">The body as it travels, codings applied.</param>
    /// <param name="announceEmpty">Whether the lack of a body is announced by Content-Length: 0.</param>
    private protected IEnumerable<KeyValuePair<string, string>> Lines(IReadOnlyList<byte[]> pieces, bool announceEmpty)
    {
        var framed = _headers.Any(line => line.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || line.Key.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        if (framed || (!HasBody && !announceEmpty)) return _headers;
        return _isChunked
            ? _headers.Append(new("Transfer-Encoding", "chunked"))
            : _headers.Append(new("Content-Length", $"{pieces.Sum(piece => (long)piece.Length) + (BreaksOff ? 1 : 0)}"));
    }

    /// <summary>The body's bytes as they arrive.</summary>
    private protected IReadOnlyList<byte[]> Pieces()
    {
        var pieces = _pieces ?? [];
        if (_coding is null || pieces.Count == 0) return pieces;

        var coded = Compress([.. pieces.SelectMany(piece => piece)], _coding);
        return _isChunked ? [.. coded.Chunk(Math.Max(1, coded.Length / pieces.Count))] : [coded];
    }

    /// <summary>What reads the body; null when the framing says that there is none.</summary>
    private protected BodyReader? Body(IReadOnlyList<byte[]> pieces, Framing framing, Func<FlowException> brokenOff)
    {
        if (framing.Kind == FramingKind.None || framing is { Kind: FramingKind.Length, Length: 0 }) return null;
        if (framing.Kind == FramingKind.Length && pieces.Sum(piece => (long)piece.Length) > framing.Length)
            throw new InvalidOperationException($"The body is longer than its Content-Length of {framing.Length} bytes.");
        return new BuiltBody(pieces, framing, _trailers, BreaksOff, brokenOff);
    }

    private static string FormEncoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static byte[] Compress(byte[] body, string coding)
    {
        var compressed = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
            _ => new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            encoder.Write(body);
        }

        return compressed.ToArray();
    }
}
