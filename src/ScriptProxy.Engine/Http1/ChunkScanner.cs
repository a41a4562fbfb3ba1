using System.Buffers;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// Walks a chunked body (RFC 9112 §7.1) and validates every byte of its framing, so that what is relayed as received cannot be read in two
/// ways. Never consumes half a framing line. A mutable struct: keep it in a field.
/// </summary>
internal struct ChunkScanner
{
    private const int MaxSizeLineBytes = 4 * 1024;
    private const int MaxExtensionBytes = 64 * 1024;
    private const int MaxTrailerBytes = 16 * 1024;

    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n\0"u8);

    private State _state;
    private long _left;
    private int _extensionBytes;
    private int _trailerBytes;
    private MemoryStream? _trailers;

    private enum State : byte
    {
        SizeLine,
        Data,
        DataEnd,
        Trailers,
        Done,
    }

    /// <summary>What is wrong, for people; null until <see cref="ChunkStatus.Malformed"/>.</summary>
    public string? Problem { get; private set; }

    /// <summary>The trailer lines with their breaks, the closing empty line included; empty when there are none.</summary>
    public readonly ReadOnlyMemory<byte> Trailers => _trailers is null ? default : _trailers.GetBuffer().AsMemory(0, (int)_trailers.Length);

    /// <summary>Takes one step: framing bytes up to the next data, or data, or the end.</summary>
    /// <param name="input">Bytes not consumed so far.</param>
    /// <param name="consumed">How many of them this step used, framing and data.</param>
    /// <param name="data">The data among them.</param>
    public ChunkStatus Step(ReadOnlySpan<byte> input, out int consumed, out Range data)
    {
        consumed = 0;
        data = default;
        while (true)
        {
            var rest = input[consumed..];
            switch (_state)
            {
                case State.Data:
                    if (rest.IsEmpty) return ChunkStatus.NeedMore;
                    var count = (int)Math.Min(_left, rest.Length);
                    data = new Range(consumed, consumed + count);
                    consumed += count;
                    _left -= count;
                    if (_left == 0) _state = State.DataEnd;
                    return ChunkStatus.Data;

                case State.DataEnd:
                    if (rest.Length > 0 && rest[0] != '\r') return Fail("chunk data longer than its size");
                    if (rest.Length < 2) return ChunkStatus.NeedMore;
                    if (rest[1] != '\n') return Fail("chunk data not followed by CRLF");
                    consumed += 2;
                    _state = State.SizeLine;
                    break;

                case State.SizeLine:
                    var sizeLine = ReadLine(rest, MaxSizeLineBytes, out var status);
                    if (status != ChunkStatus.Data) return status;
                    if (!ReadSize(rest[..sizeLine])) return ChunkStatus.Malformed;
                    consumed += sizeLine + 2;
                    break;

                case State.Trailers:
                    var trailer = ReadLine(rest, MaxTrailerBytes, out status);
                    if (status != ChunkStatus.Data) return status;
                    if (trailer == 0 && _trailers is null)
                    {
                        consumed += 2;
                        return End();
                    }

                    if (!KeepTrailer(rest[..(trailer + 2)])) return ChunkStatus.Malformed;
                    consumed += trailer + 2;
                    if (trailer == 0) return End();
                    break;

                default:
                    return ChunkStatus.Done;
            }
        }
    }

    private ChunkStatus End()
    {
        _state = State.Done;
        return ChunkStatus.Done;
    }

    private int ReadLine(ReadOnlySpan<byte> rest, int maxBytes, out ChunkStatus status)
    {
        var length = rest.IndexOfAny(LineEnds);
        status = ChunkStatus.NeedMore;
        if ((length < 0 ? rest.Length : length) > maxBytes) status = Fail("a chunk line that is too long");
        else if (length >= 0 && rest[length] != '\r') status = Fail("a bare line feed or NUL in the chunk framing");
        else if (length >= 0 && length + 1 < rest.Length)
            status = rest[length + 1] == '\n' ? ChunkStatus.Data : Fail("a carriage return without line feed in the chunk framing");
        return length;
    }

    private bool ReadSize(ReadOnlySpan<byte> line)
    {
        long size = 0;
        var digits = 0;
        for (; digits < line.Length; digits++)
        {
            var value = HexValue(line[digits]);
            if (value < 0) break;

            // 15 digits hold every size below 2^60; more would overflow somewhere downstream.
            if (digits == 15) return Refuse("a chunk size that is too large");
            size = (size << 4) | (uint)value;
        }

        if (digits == 0) return Refuse("a chunk without size");
        var extension = line[digits..].TrimStart(" \t"u8);
        if (!extension.IsEmpty && extension[0] != ';') return Refuse("a chunk size that is not hexadecimal");
        if (extension.IsEmpty && digits != line.Length) return Refuse("white space after a chunk size");
        _extensionBytes += extension.Length;
        if (_extensionBytes > MaxExtensionBytes) return Refuse("too many chunk extensions");

        _left = size;
        _state = size == 0 ? State.Trailers : State.Data;
        return true;
    }

    private bool KeepTrailer(ReadOnlySpan<byte> line)
    {
        _trailerBytes += line.Length;
        if (_trailerBytes > MaxTrailerBytes) return Refuse("trailers that are too long");
        if (line.Length > 2)
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(HeaderSyntax.TokenBytes)) return Refuse("a malformed trailer");

            // RFC 9110 §6.5.1: what frames or routes a message must not come after it.
            if (KnownHeaders.Find(line[..colon]) is KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Host)
                return Refuse("a framing field among the trailers");
        }

        (_trailers ??= new MemoryStream()).Write(line);
        return true;
    }

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    private ChunkStatus Fail(string problem)
    {
        Problem = problem;
        return ChunkStatus.Malformed;
    }

    private bool Refuse(string problem)
    {
        Problem = problem;
        return false;
    }
}

/// <summary>What a step through a chunked body found.</summary>
internal enum ChunkStatus
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,

    /// <summary>Data was found.</summary>
    Data,

    /// <summary>The last chunk and its trailers were consumed.</summary>
    Done,

    /// <summary>Not valid framing; the connection cannot be used any more.</summary>
    Malformed,
}
