using System.Net;
using System.Text;

namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>Counts how its bytes were asked for.</summary>
internal sealed class CountingContent(string text) : HttpContent
{
    public int Written { get; private set; }

    public int Read { get; private set; }

    public bool IsDisposed { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        Written++;
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
    }

    protected override Task<Stream> CreateContentReadStreamAsync()
    {
        Read++;
        return Task.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(text)));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Encoding.UTF8.GetByteCount(text);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
