namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>The fields that a sender let us remember, the newest first (RFC 7541 §2.3.2, §4). Not thread-safe.</summary>
/// <param name="maxBytes">How large it may be, counted as RFC 7541 §4.1 does.</param>
internal sealed class DynamicTable(int maxBytes)
{
    private const int EntryBytes = 32;

    private readonly int _mostEntries = maxBytes / EntryBytes;
    private Entry[] _entries = [];
    private int _newest;
    private int _count;
    private int _size;
    private int _limit = maxBytes;

    /// <param name="index">0 is the newest.</param>
    /// <param name="name">Valid until the next change.</param>
    /// <param name="value">The same.</param>
    public bool TryGet(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if ((uint)index >= (uint)_count) return false;
        ref readonly var entry = ref _entries[(_newest + index) % _entries.Length];
        name = entry.Bytes.AsSpan(0, entry.NameLength);
        value = entry.Bytes.AsSpan(entry.NameLength);
        return true;
    }

    /// <summary>Remembers a field, forgetting the oldest for it; one that is too large empties the table (RFC 7541 §4.4).</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var size = name.Length + value.Length + EntryBytes;
        if (size > _limit)
        {
            Shrink(0);
            return;
        }

        // The name may lie in an entry that is about to go.
        var bytes = new byte[name.Length + value.Length];
        name.CopyTo(bytes);
        value.CopyTo(bytes.AsSpan(name.Length));
        Shrink(_limit - size);
        if (_entries.Length == 0) _entries = new Entry[_mostEntries];
        _newest = (_newest + _entries.Length - 1) % _entries.Length;
        _entries[_newest] = new Entry(bytes, name.Length);
        _count++;
        _size += size;
    }

    public void Resize(int limit)
    {
        _limit = limit;
        Shrink(limit);
    }

    private void Shrink(int limit)
    {
        while (_size > limit)
        {
            ref var oldest = ref _entries[(_newest + --_count) % _entries.Length];
            _size -= oldest.Bytes.Length + EntryBytes;
            oldest = default;
        }
    }

    private readonly record struct Entry(byte[] Bytes, int NameLength);
}
