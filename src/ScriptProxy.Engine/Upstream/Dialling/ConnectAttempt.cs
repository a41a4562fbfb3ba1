using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Upstream.Dialling;

/// <summary>
/// One attempt to connect a socket. <see cref="Socket.ConnectAsync(EndPoint)"/> would leave the socket with what it waited with, of which
/// an idle connection has no use.
/// </summary>
internal sealed class ConnectAttempt : SocketAsyncEventArgs
{
    private readonly TaskCompletionSource _ended = new();

    // True: nothing of the execution context is captured, which is not needed to end a task.
    private ConnectAttempt(EndPoint address)
        : base(true)
    {
        RemoteEndPoint = address;
    }

    /// <summary>Connects; the socket stays its caller's, also when this fails.</summary>
    /// <exception cref="SocketException">It could not be.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static async Task RunAsync(Socket socket, EndPoint address, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var attempt = new ConnectAttempt(address);
        if (socket.ConnectAsync(attempt))
        {
            await using (cancellationToken.UnsafeRegister(static state => Socket.CancelConnectAsync((ConnectAttempt)state!), attempt)) await attempt._ended.Task;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (attempt.SocketError != SocketError.Success) throw new SocketException((int)attempt.SocketError);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => _ended.SetResult();
}
