using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>Bytes being put together for one write: a head, often with the start of its body. Rented; disposing gives the array back.</summary>
internal sealed class WireBuffer : IDisposable
{
    private byte[] _bytes = [];
    private int _length;

    public int Length => _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Writes characters up to U+00FF as one byte each; callers have validated the text.</summary>
    public void WriteLatin1(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        _length += Encoding.Latin1.GetBytes(text, _bytes.AsSpan(_length));
    }

    public void WriteNumber(long number)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out var written);
        _length += written;
    }

    public void WriteHex(int number)
    {
        Reserve(8);
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out var written, new StandardFormat('x'));
        _length += written;
    }

    public void Dispose() => Release();

    /// <summary>Gives the array back; the buffer can be written again. An idle connection holds none.</summary>
    public void Release()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2048, Math.Max(_bytes.Length * 2, _length + count)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
