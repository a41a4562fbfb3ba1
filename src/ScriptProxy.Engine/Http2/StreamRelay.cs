using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Http2;

/// <summary>Relays a WebSocket between an HTTP/2 stream and an HTTP/1.1 connection, as bytes, until both sides have ended.</summary>
internal sealed class StreamRelay(Stream client, BufferedConnection upstream, Deadline deadline, TimeSpan idleTimeout)
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>Bytes relayed to the client so far.</summary>
    public long BytesToClient { get; private set; }

    public async Task RunAsync()
    {
        await Task.WhenAll(UpAsync(), DownAsync());
        deadline.Disarm();
    }

    private async Task UpAsync()
    {
        var piece = new byte[PieceBytes];
        try
        {
            while (true)
            {
                deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
                var count = await client.ReadAsync(piece);
                if (count == 0) break;
                await upstream.WriteAsync(piece.AsMemory(0, count));
            }

            await upstream.StopSendingAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side broke: the other learns it from the end of the connection.
            upstream.Abort();
        }
    }

    private async Task DownAsync()
    {
        try
        {
            do
            {
                if (upstream.HasBuffered)
                {
                    var piece = upstream.BufferedMemory;
                    await client.WriteAsync(piece);
                    await client.FlushAsync();
                    upstream.Consume(piece.Length);
                    BytesToClient += piece.Length;
                }

                deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
            }
            while (await upstream.FillAsync() > 0);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            upstream.Abort();
        }

        await client.DisposeAsync();
    }
}
