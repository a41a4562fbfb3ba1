using System.Buffers.Binary;

namespace ScriptProxy.Engine.Tls;

/// <summary>Takes the parts of a TLS structure off its front (RFC 8446 §3.4). Nothing throws: what is not there makes a Try return false.</summary>
internal ref struct ClientHelloVector(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TryTakeByte(out int value)
    {
        value = 0;
        if (_rest.IsEmpty) return false;
        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    public bool TryTakeUInt16(out int value)
    {
        value = 0;
        if (_rest.Length < 2) return false;
        value = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        _rest = _rest[2..];
        return true;
    }

    public bool TryTakeBytes(int count, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_rest.Length < count) return false;
        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>A vector whose length stands before it in one byte.</summary>
    public bool TryTakeVector8(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryTakeByte(out var length) && TryTakeBytes(length, out value);
    }

    /// <summary>A vector whose length stands before it in two bytes.</summary>
    public bool TryTakeVector16(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryTakeUInt16(out var length) && TryTakeBytes(length, out value);
    }
}
