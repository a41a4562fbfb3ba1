using System.Buffers;
using System.Buffers.Text;
using Microsoft.AspNetCore.WebUtilities;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Makes a head, or trailers, of the fields of an HTTP/2 response, as bytes that HTTP/1.1 can send on as they are. What RFC 9113 §8 calls
/// malformed, or could mean something else in HTTP/1.1, is a problem. Reused for all heads of a connection; not thread-safe.
/// </summary>
/// <param name="maxBytes">The most bytes of all fields.</param>
/// <param name="maxLines">The most fields.</param>
internal sealed class FieldBlockBuilder(int maxBytes, int maxLines) : IFieldReceiver, IDisposable
{
    private static readonly SearchValues<byte> UpperCase = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);
    private static readonly SearchValues<byte> Breaks = SearchValues.Create("\r\n\0"u8);

    // RFC 8297; the one that ReasonPhrases does not know.
    private const int EarlyHints = 103;

    private readonly WireBuffer _bytes = new();
    private HeaderBlock.Line[] _lines = new HeaderBlock.Line[16];
    private int _count;
    private int _startLineLength;
    private bool _isTrailer;

    /// <summary>What is wrong, for people; null while nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>The status; 0 while there was none, and for trailers.</summary>
    public int StatusCode { get; private set; }

    /// <summary>Begins a new block.</summary>
    /// <param name="isTrailer">Whether it comes after the body.</param>
    public void Reset(bool isTrailer)
    {
        _bytes.Clear();
        _count = 0;
        _startLineLength = 0;
        _isTrailer = isTrailer;
        Problem = null;
        StatusCode = 0;
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Problem is not null) return;
        if (name.IsEmpty) Problem = "a field without a name";
        else if (name[0] == ':') AddPseudo(name, value);
        else AddField(name, value);
    }

    /// <summary>The finished head; <see cref="Problem"/> may still arise.</summary>
    /// <returns>Null where there is a problem.</returns>
    public HeaderBlock? Build()
    {
        if (Problem is null && !_isTrailer && StatusCode == 0) Problem = "no :status";
        if (Problem is not null) return null;
        if (_startLineLength == 0 && !_isTrailer) WriteStatusLine();
        var lines = new HeaderBlock.Line[_count + 4];
        _lines.AsSpan(0, _count).CopyTo(lines);
        return new HeaderBlock(_bytes.Written.ToArray(), _startLineLength, lines, _count);
    }

    public void Dispose() => _bytes.Dispose();

    private void AddPseudo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_isTrailer || _count > 0) Problem = "a pseudo-header field out of place";
        else if (!name.SequenceEqual(":status"u8)) Problem = "a pseudo-header field of no response";
        else if (StatusCode != 0) Problem = "two :status fields";
        else if (value.Length != 3 || !Utf8Parser.TryParse(value, out int status, out var digits) || digits != 3 || status is < 100 or > 999) Problem = "a :status that is no status";
        else if (status == 101) Problem = "the status 101, which HTTP/2 does not have";
        else StatusCode = status;
    }

    private void AddField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_count == maxLines) Problem = "too many headers";
        else if (_bytes.Length + name.Length + value.Length > maxBytes) Problem = $"a head longer than {maxBytes} bytes (--max-response-head-bytes)";
        else if (name.ContainsAny(UpperCase)) Problem = "a header name with upper-case letters";
        else if (name.ContainsAnyExcept(HeaderSyntax.TokenBytes)) Problem = "a character that is not allowed in a header name";
        else if (value.ContainsAny(Breaks)) Problem = "a line break or NUL in a header";
        else if (!_isTrailer && StatusCode == 0) Problem = "a header before its :status";
        if (Problem is not null) return;

        var known = KnownHeaders.Find(name);
        if (known is KnownHeader.Connection or KnownHeader.TransferEncoding or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.Upgrade)
        {
            // RFC 9113 §8.2.2: sent on to HTTP/1.1, they would frame the message anew.
            Problem = "a header of HTTP/1.1 connections";
            return;
        }

        if (_startLineLength == 0 && !_isTrailer) WriteStatusLine();
        AppendLine(name, value, known);
    }

    private void AppendLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known)
    {
        if (_count == _lines.Length) Array.Resize(ref _lines, _count * 2);
        var start = _bytes.Length;
        _bytes.Write(name);
        _bytes.Write(": "u8);
        value = value.Trim(" \t"u8);
        _bytes.Write(value);
        _lines[_count++] = new HeaderBlock.Line
        {
            IsOriginal = true,
            Start = start,
            Length = _bytes.Length - start,
            NameLength = name.Length,
            ValueStart = start + name.Length + 2,
            ValueLength = value.Length,
            Known = known,
        };
        _bytes.Write("\r\n"u8);
    }

    // HTTP/2 has no reason phrase; HTTP/1.1 clients get the usual one.
    private void WriteStatusLine()
    {
        _bytes.Write("HTTP/1.1 "u8);
        _bytes.WriteNumber(StatusCode);
        _bytes.Write(" "u8);
        _bytes.WriteLatin1(StatusCode == EarlyHints ? "Early Hints" : ReasonPhrases.GetReasonPhrase(StatusCode));
        _startLineLength = _bytes.Length;
        _bytes.Write("\r\n"u8);
    }
}
