using System.Net.Sockets;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>A connection whose end somebody waits for.</summary>
/// <param name="socket">Owned.</param>
/// <param name="onClosed">Called once.</param>
internal sealed class CountedStream(Socket socket, Action onClosed) : NetworkStream(socket, ownsSocket: true)
{
    private int _closed;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Interlocked.Exchange(ref _closed, 1) == 0) onClosed();
    }
}
