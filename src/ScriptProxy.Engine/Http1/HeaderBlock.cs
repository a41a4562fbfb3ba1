using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// One head: start line and field lines as slices of the bytes received. Strings exist only for what an addon reads or changes; lines
/// nobody touched are written as the bytes they came as. Owns its bytes, so it stays valid after the connection moved on.
/// </summary>
internal sealed class HeaderBlock : HeaderList
{
    private const string ContentEncoding = "Content-Encoding";

    private readonly byte[] _bytes;
    private Line[] _lines;
    private int _count;
    private HashSet<string>? _redacted;
    private string? _arrivedCoding;

    /// <param name="bytes">The head, start line first; owned by the block from here on.</param>
    /// <param name="startLineLength">Length of the start line without its line break.</param>
    /// <param name="lines">The field lines; the array may be longer than <paramref name="count"/> and is owned by the block from here on.</param>
    /// <param name="count">How many lines are filled.</param>
    public HeaderBlock(byte[] bytes, int startLineLength, Line[] lines, int count)
    {
        _bytes = bytes;
        StartLineLength = startLineLength;
        _lines = lines;
        _count = count;
    }

    /// <summary>A head without bytes, for messages made by the proxy or carried by HTTP/2.</summary>
    public HeaderBlock()
        : this([], 0, new Line[8], 0)
    {
    }

    public int StartLineLength { get; }

    /// <summary>The start line as received, without its line break; empty for a head without bytes.</summary>
    public ReadOnlySpan<byte> StartLine => _bytes.AsSpan(0, StartLineLength);

    public ReadOnlySpan<Line> Lines => _lines.AsSpan(0, _count);

    /// <summary>Whether a Content-Length or Transfer-Encoding was added, changed or removed through the public members.</summary>
    public bool FramingTouched { get; private set; }

    /// <summary>
    /// The codings that the body arrived in, in the order they were applied, whatever addons made of the fields since: content codings, then
    /// transfer codings other than chunked; null for none.
    /// </summary>
    public string? ArrivedCoding
    {
        get
        {
            var content = (_arrivedCoding ?? GetCombined(ContentEncoding)) is { Length: > 0 } coding ? coding : null;
            var transfer = FramingTouched || Find(KnownHeader.TransferEncoding) < 0 ? null : GetCombined("Transfer-Encoding");
            if (transfer is null || transfer.Equals("chunked", StringComparison.OrdinalIgnoreCase)) return content;
            var codings = string.Join(", ", transfer.Split(',', StringSplitOptions.TrimEntries).Where(name => !name.Equals("chunked", StringComparison.OrdinalIgnoreCase)));
            return content is null ? codings : $"{content}, {codings}";
        }
    }

    /// <summary>Names given to <see cref="Redact"/>; null when there are none.</summary>
    public IReadOnlyCollection<string>? RedactedNames => _redacted;

    public override int Count => _count;

    public override KeyValuePair<string, string> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            return new(NameAt(index), ValueAt(index));
        }
    }

    /// <summary>The name's bytes as received, or as an addon wrote it.</summary>
    public ReadOnlySpan<byte> NameBytes(int index)
    {
        ref var line = ref _lines[index];
        return line.IsOriginal ? _bytes.AsSpan(line.Start, line.NameLength) : Encoding.Latin1.GetBytes(line.Name!);
    }

    /// <summary>The value's bytes without surrounding white space.</summary>
    public ReadOnlySpan<byte> ValueBytes(int index)
    {
        ref var line = ref _lines[index];
        return line.IsOriginal ? _bytes.AsSpan(line.ValueStart, line.ValueLength) : Encoding.Latin1.GetBytes(line.Value!);
    }

    /// <summary>The bytes of a line nobody touched, from name to value with all white space, without its line break.</summary>
    public ReadOnlySpan<byte> LineBytes(in Line line) => _bytes.AsSpan(line.Start, line.Length);

    /// <summary>The bytes from the start of one untouched line to the end of another, line breaks between them included.</summary>
    public ReadOnlySpan<byte> LineBytes(in Line first, in Line last) => _bytes.AsSpan(first.Start, last.Start + last.Length - first.Start);

    /// <summary>Index of the first line of that kind, from <paramref name="from"/> on; -1 when there is none.</summary>
    public int Find(KnownHeader known, int from = 0)
    {
        for (var i = from; i < _count; i++)
        {
            if (_lines[i].Known == known) return i;
        }

        return -1;
    }

    /// <summary>Index of the first line of that name, from <paramref name="from"/> on; -1 when there is none.</summary>
    public int Find(string name, int from = 0)
    {
        for (var i = from; i < _count; i++)
        {
            if (NameEquals(ref _lines[i], name)) return i;
        }

        return -1;
    }

    /// <summary>Marks lines that belong to one connection (RFC 9110 §7.6.1), so that they are not forwarded.</summary>
    public void MarkHopByHop(int index) => _lines[index].IsHopByHop = true;

    /// <summary>Lets a line be forwarded after all.</summary>
    public void UnmarkHopByHop(int index) => _lines[index].IsHopByHop = false;

    public override IReadOnlyList<string> GetAll(string name)
    {
        List<string>? values = null;
        for (var i = Find(name); i >= 0; i = Find(name, i + 1)) (values ??= []).Add(ValueAt(i));
        return values ?? (IReadOnlyList<string>)[];
    }

    public override bool Contains(string name) => Find(name) >= 0;

    public override bool Remove(string name)
    {
        var removed = false;
        for (var i = Find(name); i >= 0; i = Find(name, i))
        {
            RemoveAt(i);
            removed = true;
        }

        return removed;
    }

    public override void RemoveAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
        NoteFraming(_lines[index].Known);
        if (_arrivedCoding is null && NameEquals(ref _lines[index], ContentEncoding)) NoteCoding(ContentEncoding);
        RemoveLine(index);
    }

    /// <summary>Removes every line of that kind, as the proxy's own doing.</summary>
    public void RemoveKnown(KnownHeader known)
    {
        for (var i = Find(known); i >= 0; i = Find(known, i)) RemoveLine(i);
    }

    /// <summary>Removes all but the first line of that kind.</summary>
    public void KeepFirst(KnownHeader known)
    {
        var first = Find(known);
        for (var i = Find(known, first + 1); i >= 0; i = Find(known, i)) RemoveLine(i);
    }

    /// <summary>Makes one line the only one of its kind, as the proxy's own doing, without validation.</summary>
    public void SetKnown(KnownHeader known, string name, string value)
    {
        var index = Find(known);
        if (index < 0)
        {
            AppendLine(name, value, known);
            return;
        }

        _lines[index] = Line.Of(name, value, known);
        KeepFirst(known);
    }

    /// <summary>Appends a line that was validated elsewhere.</summary>
    public void AppendLine(string name, string value) => AppendLine(name, value, KnownHeaders.Find(name));

    public override void Redact(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        (_redacted ??= new(StringComparer.OrdinalIgnoreCase)).Add(name);
    }

    public override bool IsRedacted(string name) => _redacted is not null && _redacted.Contains(name);

    internal override int CopyLine(int index, Span<char> destination)
    {
        ref var line = ref _lines[index];
        var nameLength = line.IsOriginal ? line.NameLength : line.Name!.Length;
        var length = nameLength + 2 + (line.IsOriginal ? line.ValueLength : line.Value!.Length);
        if (length > destination.Length) return -1;
        ": ".CopyTo(destination[nameLength..]);
        if (line.IsOriginal)
        {
            Encoding.Latin1.GetChars(_bytes.AsSpan(line.Start, line.NameLength), destination);
            Encoding.Latin1.GetChars(_bytes.AsSpan(line.ValueStart, line.ValueLength), destination[(nameLength + 2)..]);
        }
        else
        {
            line.Name!.CopyTo(destination);
            line.Value!.CopyTo(destination[(nameLength + 2)..]);
        }

        return length;
    }

    internal override string? GetCombined(string name)
    {
        var first = Find(name);
        if (first < 0) return null;
        var second = Find(name, first + 1);
        return second < 0 ? ValueAt(first) : string.Join(", ", GetAll(name));
    }

    internal override void InsertCore(int index, string name, string value)
    {
        NoteCoding(name);
        var known = KnownHeaders.Find(name);
        NoteFraming(known);
        MakeRoom();
        Array.Copy(_lines, index, _lines, index + 1, _count - index);
        _lines[index] = Line.Of(name, value, known);
        _count++;
    }

    internal override void SetCore(string name, string value)
    {
        NoteCoding(name);
        var index = Find(name);
        if (index < 0)
        {
            InsertCore(_count, name, value);
            return;
        }

        NoteFraming(_lines[index].Known);
        _lines[index] = Line.Of(NameAt(index), value, _lines[index].Known);
        for (var i = Find(name, index + 1); i >= 0; i = Find(name, i)) RemoveLine(i);
    }

    private string NameAt(int index)
    {
        ref var line = ref _lines[index];
        return line.Name ??= HeaderNames.Intern(_bytes.AsSpan(line.Start, line.NameLength));
    }

    private string ValueAt(int index)
    {
        ref var line = ref _lines[index];
        return line.Value ??= Encoding.Latin1.GetString(_bytes.AsSpan(line.ValueStart, line.ValueLength));
    }

    private bool NameEquals(ref Line line, string name)
    {
        if (!line.IsOriginal) return line.Name!.Equals(name, StringComparison.OrdinalIgnoreCase);
        return line.NameLength == name.Length && Ascii.EqualsIgnoreCase(_bytes.AsSpan(line.Start, line.NameLength), name);
    }

    private void AppendLine(string name, string value, KnownHeader known)
    {
        MakeRoom();
        _lines[_count++] = Line.Of(name, value, known);
    }

    private void RemoveLine(int index)
    {
        _count--;
        Array.Copy(_lines, index + 1, _lines, index, _count - index);
        _lines[_count] = default;
    }

    private void MakeRoom()
    {
        if (_count == _lines.Length) Array.Resize(ref _lines, Math.Max(8, _count * 2));
    }

    /// <summary>Keeps what the body arrived in before the first change of the field.</summary>
    private void NoteCoding(string name)
    {
        if (_arrivedCoding is null && name.Equals(ContentEncoding, StringComparison.OrdinalIgnoreCase)) _arrivedCoding = GetCombined(ContentEncoding) ?? "";
    }

    private void NoteFraming(KnownHeader known)
    {
        if (known is KnownHeader.ContentLength or KnownHeader.TransferEncoding) FramingTouched = true;
    }

    /// <summary>One field line: a slice of the head's bytes, or strings once someone wrote it.</summary>
    internal struct Line
    {
        public int Start;
        public int Length;
        public int ValueStart;
        public int ValueLength;
        public int NameLength;
        public KnownHeader Known;
        public bool IsOriginal;
        public bool IsHopByHop;
        public string? Name;
        public string? Value;

        public static Line Of(string name, string value, KnownHeader known) => new() { Name = name, Value = value, Known = known };
    }
}
