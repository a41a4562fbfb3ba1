using System.Runtime.InteropServices;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// Reads what a Zstandard body (RFC 8878) holds. Unlike the framework's decoders it knows by itself whether a body ends before its coding does.
/// </summary>
/// <param name="coded">Left open.</param>
internal sealed class ZstandardDecoder(Stream coded) : ForwardStream
{
    private readonly SafeHandle _decoder = Zstandard.NewDecoder();
    private readonly byte[] _input = new byte[16 * 1024];
    private int _start;
    private int _end;
    private bool _isAtFrameEnd;
    private bool _mayHoldMore;

    /// <exception cref="InvalidDataException">The body is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (TryDecode(buffer, out var count)) return count;
            (_start, _end) = (0, coded.Read(_input));
            if (IsWhole()) return 0;
        }

        return 0;
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (TryDecode(buffer.Span, out var count)) return count;
            (_start, _end) = (0, 0);
            _end = await coded.ReadAsync(_input, cancellationToken);
            if (IsWhole()) return 0;
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing) _decoder.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>False when more has to be read first.</summary>
    private bool TryDecode(Span<byte> buffer, out int count)
    {
        count = 0;
        while (_start < _end || _mayHoldMore)
        {
            (var taken, count, _isAtFrameEnd) = Zstandard.Decode(_decoder, _input.AsSpan(_start, _end - _start), buffer);
            _start += taken;
            _mayHoldMore = count == buffer.Length && !_isAtFrameEnd;
            if (count > 0) return true;
            if (taken == 0) return false;
        }

        return false;
    }

    /// <summary>After a read: whether there is nothing more, rightly.</summary>
    private bool IsWhole()
    {
        if (_end > 0) return false;
        return _isAtFrameEnd ? true : throw new InvalidDataException("The body ends before its coding \"zstd\" does.");
    }
}
