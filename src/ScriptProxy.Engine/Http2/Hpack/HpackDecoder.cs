namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>
/// Decodes field blocks (RFC 7541). One per connection and direction: blocks build on one another, so each has to be decoded, wanted or not.
/// Not thread-safe.
/// </summary>
/// <param name="tableBytes">How large the dynamic table may grow: what was announced as SETTINGS_HEADER_TABLE_SIZE.</param>
/// <param name="maxStringBytes">Longer names and values are refused.</param>
internal sealed class HpackDecoder(int tableBytes, int maxStringBytes)
{
    private readonly DynamicTable _table = new(tableBytes);
    private byte[] _name = [];
    private byte[] _value = [];

    /// <summary>Decodes one block, in order, into <paramref name="output"/>.</summary>
    /// <exception cref="HpackException">It is no field block; the connection cannot go on.</exception>
    public void Decode(ReadOnlySpan<byte> block, IFieldReceiver output)
    {
        var mayResize = true;
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                AddIndexed(ReadInteger(ref block, 7), output);
            }
            else if ((first & 0xE0) == 0x20)
            {
                // RFC 7541 §4.2: only at the beginning of a block.
                var size = ReadInteger(ref block, 5);
                if (!mayResize || size > tableBytes) throw new HpackException("a table size update out of place");
                _table.Resize(size);
                continue;
            }
            else
            {
                var isKept = (first & 0x40) != 0;
                AddLiteral(ref block, ReadInteger(ref block, isKept ? 6 : 4), isKept, output);
            }

            mayResize = false;
        }
    }

    private void AddIndexed(int index, IFieldReceiver output)
    {
        if (index is > 0 and <= StaticTable.Count)
        {
            output.Add(StaticTable.NameOf(index), StaticTable.ValueOf(index));
            return;
        }

        if (!_table.TryGet(index - StaticTable.Count - 1, out var name, out var value)) throw new HpackException("an index of no field");
        output.Add(name, value);
    }

    private void AddLiteral(scoped ref ReadOnlySpan<byte> block, int nameIndex, bool isKept, IFieldReceiver output)
    {
        ReadOnlySpan<byte> name;
        if (nameIndex == 0) name = ReadString(ref block, ref _name);
        else if (nameIndex <= StaticTable.Count) name = StaticTable.NameOf(nameIndex);
        else if (!_table.TryGet(nameIndex - StaticTable.Count - 1, out name, out _)) throw new HpackException("an index of no name");
        var value = ReadString(ref block, ref _value);
        output.Add(name, value);
        if (isKept) _table.Add(name, value);
    }

    private ReadOnlySpan<byte> ReadString(scoped ref ReadOnlySpan<byte> block, ref byte[] buffer)
    {
        if (block.IsEmpty) throw new HpackException("a string that is missing");
        var isCoded = (block[0] & 0x80) != 0;
        var length = ReadInteger(ref block, 7);
        if (length > block.Length) throw new HpackException("a string beyond its block");
        if (length > maxStringBytes) throw new HpackException($"a string longer than {maxStringBytes} bytes");
        var text = block[..length];
        block = block[length..];
        if (!isCoded) return text;

        var longest = length * 8 / 5 + 1;
        if (buffer.Length < longest) buffer = new byte[Math.Max(longest, 256)];
        var decoded = HuffmanCode.Decode(text, buffer);
        if (decoded < 0) throw new HpackException("a string that is no Huffman code");
        return buffer.AsSpan(0, decoded);
    }

    /// <summary>RFC 7541 §5.1; what does not fit 28 bits names nothing that could exist.</summary>
    private static int ReadInteger(scoped ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var most = (1 << prefixBits) - 1;
        var value = block[0] & most;
        block = block[1..];
        if (value < most) return value;
        for (var shift = 0; shift <= 21; shift += 7)
        {
            if (block.IsEmpty) throw new HpackException("an integer that is cut off");
            var next = block[0];
            block = block[1..];
            value += (next & 0x7F) << shift;
            if ((next & 0x80) == 0) return value;
        }

        throw new HpackException("an integer that is too large");
    }
}
