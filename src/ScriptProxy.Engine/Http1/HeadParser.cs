using System.Buffers;
using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// Splits a head into lines as its bytes arrive and validates every byte of it (RFC 9112 §2 to §5). One parser serves requests, responses
/// and trailers. Reused for all heads of a connection; not thread-safe.
/// </summary>
/// <param name="maxHeadBytes">Longer heads are refused.</param>
/// <param name="maxStartLineBytes">Longer start lines are refused.</param>
/// <param name="maxLines">More field lines are refused.</param>
/// <param name="lax">Tolerates folded lines, bare LF and odd names: nothing that changes where the head ends.</param>
internal sealed class HeadParser(int maxHeadBytes, int maxStartLineBytes, int maxLines, bool lax)
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n\0"u8);

    private HeaderBlock.Line[] _lines = new HeaderBlock.Line[16];
    private List<int>? _folds;
    private int _count;
    private int _position;
    private int _startLineLength;
    private bool _hasStartLine;

    /// <summary>What is wrong, for people; null until <see cref="HeadStatus.Malformed"/>.</summary>
    public string? Problem { get; private set; }

    /// <summary>Length of the complete head with its empty line; valid after <see cref="HeadStatus.Complete"/>.</summary>
    public int Length => _position;

    /// <summary>Forgets the last head.</summary>
    public void Reset()
    {
        _count = 0;
        _position = 0;
        _startLineLength = 0;
        _hasStartLine = false;
        _folds = null;
        Problem = null;
    }

    /// <summary>Goes on where the last call stopped.</summary>
    /// <param name="received">Everything received so far, from the head's first byte on.</param>
    public HeadStatus Parse(ReadOnlySpan<byte> received)
    {
        while (true)
        {
            var rest = received[_position..];
            var length = rest.IndexOfAny(LineEnds);
            if (length < 0) return received.Length > maxHeadBytes || TooLong(rest.Length) ? LimitStatus() : HeadStatus.Incomplete;
            if (_position + length > maxHeadBytes || TooLong(length)) return LimitStatus();

            int breakLength;
            if (rest[length] == '\r')
            {
                if (length + 1 == rest.Length) return HeadStatus.Incomplete;
                if (rest[length + 1] != '\n') return Malformed("a carriage return without line feed");
                breakLength = 2;
            }
            else if (rest[length] == '\n' && lax)
            {
                breakLength = 1;
            }
            else
            {
                return Malformed(rest[length] == '\n' ? "a line feed without carriage return" : "a NUL byte");
            }

            var line = rest[..length];
            var start = _position;
            _position += length + breakLength;
            if (!_hasStartLine)
            {
                _hasStartLine = true;
                _startLineLength = length;
            }
            else if (line.IsEmpty)
            {
                return HeadStatus.Complete;
            }
            else if (!AddLine(line, start))
            {
                return Problem is null ? HeadStatus.TooManyLines : HeadStatus.Malformed;
            }
        }
    }

    /// <summary>The complete head, on a copy of its bytes.</summary>
    /// <param name="received">The same bytes that <see cref="Parse"/> was given.</param>
    public HeaderBlock Build(ReadOnlySpan<byte> received)
    {
        var bytes = received[.._position].ToArray();
        if (_folds is not null)
        {
            // RFC 9112 §5.2: a folded line may be read as if its break were spaces.
            foreach (var fold in _folds)
            {
                bytes[fold] = (byte)' ';
                if (bytes[fold - 1] == '\r') bytes[fold - 1] = (byte)' ';
            }
        }

        // Room for a few additions, so that an addon's header does not move the array.
        var lines = new HeaderBlock.Line[_count + 4];
        _lines.AsSpan(0, _count).CopyTo(lines);
        return new HeaderBlock(bytes, _startLineLength, lines, _count);
    }

    private bool AddLine(ReadOnlySpan<byte> line, int start)
    {
        if (line[0] is (byte)' ' or (byte)'\t') return AddFold(line, start);
        if (_count == maxLines) return false;

        var colon = line.IndexOf((byte)':');
        if (colon <= 0) return Fail(colon == 0 ? "a header line without a name" : "a header line without a colon");
        var name = line[..colon];
        if (name.ContainsAnyExcept(HeaderSyntax.TokenBytes))
        {
            if (name[^1] is (byte)' ' or (byte)'\t') return Fail("white space before the colon of a header");

            // "Content-Length\v: 5" is one field to us and another to a reader that trims.
            var isHidden = name.ContainsAnyInRange((byte)0, (byte)0x1F) || name.Contains((byte)0x7F);
            if (!lax || isHidden) return Fail($"a character that is not allowed in the header name \"{Shown(name)}\"");
        }

        if (_count == _lines.Length) Array.Resize(ref _lines, _count * 2);
        ref var entry = ref _lines[_count++];
        entry = default;
        entry.IsOriginal = true;
        entry.Start = start;
        entry.Length = line.Length;
        entry.NameLength = colon;
        entry.Known = KnownHeaders.Find(name);
        SetValue(ref entry, line[(colon + 1)..], start + colon + 1);
        return true;
    }

    private bool AddFold(ReadOnlySpan<byte> line, int start)
    {
        if (!lax) return Fail(_count == 0 ? "white space before the first header" : "a folded header line");
        if (_count == 0) return Fail("white space before the first header");
        ref var entry = ref _lines[_count - 1];

        // What decides the framing must stand on one line even in lax mode.
        if (entry.Known is not KnownHeader.Other) return Fail("a folded framing header");
        (_folds ??= []).Add(start - 1);
        entry.Length = start + line.Length - entry.Start;
        var more = line.Trim(" \t"u8);
        if (more.IsEmpty) return true;
        if (entry.ValueLength == 0) entry.ValueStart = start + line.IndexOfAnyExcept(" \t"u8);
        entry.ValueLength = start + line.TrimEnd(" \t"u8).Length - entry.ValueStart;
        return true;
    }

    private static void SetValue(ref HeaderBlock.Line entry, ReadOnlySpan<byte> value, int start)
    {
        var leading = 0;
        while (leading < value.Length && value[leading] is (byte)' ' or (byte)'\t') leading++;
        var end = value.Length;
        while (end > leading && value[end - 1] is (byte)' ' or (byte)'\t') end--;
        entry.ValueStart = start + leading;
        entry.ValueLength = end - leading;
    }

    private bool TooLong(int lineLength) => !_hasStartLine && lineLength > maxStartLineBytes;

    private HeadStatus LimitStatus() => _hasStartLine ? HeadStatus.TooLong : HeadStatus.StartLineTooLong;

    private bool Fail(string problem)
    {
        Problem = problem;
        return false;
    }

    private HeadStatus Malformed(string problem)
    {
        Problem = problem;
        return HeadStatus.Malformed;
    }

    private static string Shown(ReadOnlySpan<byte> name) =>
        string.Concat(Encoding.Latin1.GetString(name[..Math.Min(40, name.Length)]).Select(c => char.IsControl(c) ? '\uFFFD' : c));
}

/// <summary>Where the parsing of a head stands.</summary>
internal enum HeadStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The empty line was reached.</summary>
    Complete,

    /// <summary>Not HTTP/1.1 syntax; <see cref="HeadParser.Problem"/> says why.</summary>
    Malformed,

    /// <summary>The start line exceeds its limit.</summary>
    StartLineTooLong,

    /// <summary>The head exceeds its limit.</summary>
    TooLong,

    /// <summary>More field lines than allowed.</summary>
    TooManyLines,
}
