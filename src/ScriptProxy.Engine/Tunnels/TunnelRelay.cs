using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>
/// Relays bytes both ways until both sides have closed; one side's end is passed on as an end, not as a cut. Nobody looks at them unless there is
/// a tap.
/// </summary>
internal sealed class TunnelRelay(BufferedConnection client, BufferedConnection upstream, Deadline deadline, TimeSpan idleTimeout, TunnelTap? tap = null)
{
    private long _bytesToClient;
    private long _bytesToUpstream;

    public long BytesToClient => Volatile.Read(ref _bytesToClient);

    public long BytesToUpstream => Volatile.Read(ref _bytesToUpstream);

    /// <summary>Returns when nothing more can come. A broken side cuts the other.</summary>
    public async Task RunAsync()
    {
        var up = CopyAsync(client, upstream, isUp: true);
        var down = CopyAsync(upstream, client, isUp: false);
        await Task.WhenAll(up, down);
        deadline.Disarm();
    }

    private async Task CopyAsync(BufferedConnection from, BufferedConnection to, bool isUp)
    {
        try
        {
            while (true)
            {
                if (from.HasBuffered)
                {
                    var piece = from.BufferedMemory;
                    var passed = tap is null ? piece : await tap.PassAsync(piece, fromClient: isUp);
                    if (!passed.IsEmpty) await to.WriteAsync(passed);
                    from.Consume(piece.Length);
                    Count(passed.Length, isUp);
                    tap?.Count(BytesToUpstream, BytesToClient);
                }

                deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
                from.UseBodyBuffer();
                if (await from.FillAsync() == 0) break;
            }

            await to.StopSendingAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or AddonException)
        {
            from.Abort();
            to.Abort();
        }
    }

    private void Count(int bytes, bool isUp)
    {
        // One writer each; readers see a number that is at most one piece old.
        if (isUp) Volatile.Write(ref _bytesToUpstream, _bytesToUpstream + bytes);
        else Volatile.Write(ref _bytesToClient, _bytesToClient + bytes);
    }
}
