using System.Buffers;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>
/// Decodes DEFLATE (RFC 1951) past blocks that say they are the last: in WebSocket messages others may follow (RFC 7692 §7.2.3.4), which the
/// platform's decoder cannot know and leaves out. Slower than that one, and used only once such a block has been seen.
/// </summary>
internal ref struct DeflateBlocks
{
    private const int MaxBits = 15;
    private const int Window = 32 * 1024;
    private const int EndOfBlock = 256;

    private static readonly short[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly short[] DistanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly byte[] DistanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly Code FixedLengths = NewFixedLengths();
    private static readonly Code FixedDistances = new(Enumerable.Repeat((byte)5, 30).ToArray());

    private readonly ReadOnlySpan<byte> _input;
    private readonly ReadOnlySpan<byte> _before;
    private readonly ArrayBufferWriter<byte> _output;
    private readonly long _limitBytes;
    private int _next;
    private int _bits;
    private int _bitCount;

    private DeflateBlocks(ReadOnlySpan<byte> input, ReadOnlySpan<byte> before, ArrayBufferWriter<byte> output, long limitBytes)
    {
        _input = input;
        _before = before;
        _output = output;
        _limitBytes = limitBytes;
    }

    private readonly bool IsAtEnd => _next == _input.Length;

    /// <summary>Decodes all blocks.</summary>
    /// <param name="input">A whole number of them; each that says it is the last ends at a byte.</param>
    /// <param name="before">What was decoded before, to which they may refer.</param>
    /// <param name="limitBytes">The most bytes to produce.</param>
    /// <param name="output">Gets them.</param>
    /// <returns>False when there are more than that.</returns>
    /// <exception cref="InvalidDataException">It is not DEFLATE.</exception>
    public static bool TryDecode(ReadOnlySpan<byte> input, ReadOnlySpan<byte> before, long limitBytes, ArrayBufferWriter<byte> output)
    {
        var blocks = new DeflateBlocks(input, before, output, limitBytes);
        while (!blocks.IsAtEnd)
        {
            if (!blocks.TryDecodeBlock()) return false;
        }

        return true;
    }

    private bool TryDecodeBlock()
    {
        var isLast = Bits(1) == 1;
        var isWithin = Bits(2) switch
        {
            0 => TryCopyStored(),
            1 => TryDecodeCodes(FixedLengths, FixedDistances),
            2 => TryDecodeCodes(ReadCodes(out var distances), distances),
            _ => throw new InvalidDataException("A block of an unknown type."),
        };
        if (isLast) _bitCount = 0;
        return isWithin;
    }

    private bool TryCopyStored()
    {
        _bitCount = 0;
        var length = Bits(16);
        if (Bits(16) != (~length & 0xffff)) throw new InvalidDataException("A stored block whose length is wrong.");
        if (length > _input.Length - _next) throw new InvalidDataException("A stored block that is cut off.");
        _output.Write(_input.Slice(_next, length));
        _next += length;
        return _output.WrittenCount <= _limitBytes;
    }

    private bool TryDecodeCodes(Code lengths, Code distances)
    {
        while (true)
        {
            var symbol = Symbol(lengths);
            if (symbol == EndOfBlock) return true;
            if (symbol < EndOfBlock)
            {
                _output.GetSpan(1)[0] = (byte)symbol;
                _output.Advance(1);
            }
            else
            {
                symbol -= EndOfBlock + 1;
                if (symbol >= LengthBase.Length) throw new InvalidDataException("A length that is none.");
                var length = LengthBase[symbol] + Bits(LengthExtra[symbol]);
                symbol = Symbol(distances);
                if (symbol >= DistanceBase.Length) throw new InvalidDataException("A distance that is none.");
                Repeat(DistanceBase[symbol] + Bits(DistanceExtra[symbol]), length);
            }

            if (_output.WrittenCount > _limitBytes) return false;
        }
    }

    private readonly void Repeat(int distance, int length)
    {
        if (distance > _output.WrittenCount + Math.Min(_before.Length, Window)) throw new InvalidDataException("A reference to before the beginning.");
        for (; length > 0; length--)
        {
            var index = _output.WrittenCount - distance;
            var value = index >= 0 ? _output.WrittenSpan[index] : _before[_before.Length + index];
            _output.GetSpan(1)[0] = value;
            _output.Advance(1);
        }
    }

    /// <summary>The codes of a block that brings its own (§3.2.7).</summary>
    private Code ReadCodes(out Code distances)
    {
        var (lengthCount, distanceCount, orderCount) = (Bits(5) + 257, Bits(5) + 1, Bits(4) + 4);
        var order = new byte[CodeLengthOrder.Length];
        for (var i = 0; i < orderCount; i++) order[CodeLengthOrder[i]] = (byte)Bits(3);

        var code = new Code(order);
        var lengths = new byte[lengthCount + distanceCount];
        for (var i = 0; i < lengths.Length;)
        {
            var symbol = Symbol(code);
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            if (symbol == 16 && i == 0) throw new InvalidDataException("A repetition of nothing.");
            var repeated = symbol == 16 ? lengths[i - 1] : (byte)0;
            var count = symbol switch { 16 => 3 + Bits(2), 17 => 3 + Bits(3), _ => 11 + Bits(7) };
            if (i + count > lengths.Length) throw new InvalidDataException("Too many code lengths.");
            lengths.AsSpan(i, count).Fill(repeated);
            i += count;
        }

        distances = new Code(lengths.AsSpan(lengthCount));
        return new Code(lengths.AsSpan(0, lengthCount));
    }

    private int Symbol(Code code)
    {
        var (value, first, index) = (0, 0, 0);
        for (var length = 1; length <= MaxBits; length++)
        {
            value |= Bits(1);
            var count = code.Counts[length];
            if (value - count < first) return code.Symbols[index + value - first];
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }

        throw new InvalidDataException("A code that is none.");
    }

    private int Bits(int count)
    {
        while (_bitCount < count)
        {
            if (IsAtEnd) throw new InvalidDataException("A block that is cut off.");
            if (_bitCount == 0) _bits = 0;
            _bits |= _input[_next++] << _bitCount;
            _bitCount += 8;
        }

        var value = _bits & ((1 << count) - 1);
        _bits >>= count;
        _bitCount -= count;
        return value;
    }

    private static Code NewFixedLengths()
    {
        var lengths = new byte[288];
        lengths.AsSpan(0, 144).Fill(8);
        lengths.AsSpan(144, 112).Fill(9);
        lengths.AsSpan(256, 24).Fill(7);
        lengths.AsSpan(280).Fill(8);
        return new Code(lengths);
    }

    /// <summary>A canonical Huffman code (§3.2.2): how many codes there are of each length, and their symbols in order.</summary>
    private sealed class Code
    {
        public Code(ReadOnlySpan<byte> lengths)
        {
            foreach (var length in lengths) Counts[length]++;
            Counts[0] = 0;
            var left = 1;
            for (var length = 1; length <= MaxBits; length++)
            {
                left = (left << 1) - Counts[length];
                if (left < 0) throw new InvalidDataException("More codes than there is room for.");
            }

            var offsets = new int[MaxBits + 2];
            for (var length = 1; length <= MaxBits; length++) offsets[length + 1] = offsets[length] + Counts[length];
            Symbols = new short[lengths.Length];
            for (var symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] != 0) Symbols[offsets[lengths[symbol]]++] = (short)symbol;
            }
        }

        public int[] Counts { get; } = new int[MaxBits + 1];

        public short[] Symbols { get; }
    }
}
