using System.Text;

namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>Gives its text, of no known length, and then breaks.</summary>
internal sealed class BreakingStream(string text, bool breaks = true) : Stream
{
    private bool _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_given) return breaks ? throw new IOException("reset") : 0;
        _given = true;
        return Encoding.ASCII.GetBytes(text, 0, text.Length, buffer, offset);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
