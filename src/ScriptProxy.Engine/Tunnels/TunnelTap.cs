using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Where addons see a tunnel: its start, what passes, its end. Each moment leases the addons anew, so that a tunnel that lasts for days holds up no reload.</summary>
internal sealed class TunnelTap(Generations generations, TunnelFlow flow) : IDisposable
{
    // Both directions wait here: an addon sees one piece of a tunnel at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _counting = new();
    private long _bytesToServer;
    private long _bytesToClient;

    public TunnelFlow Flow => flow;

    /// <summary>Whether an addon looks at the bytes at the moment; a reload may change it.</summary>
    public bool WantsData => !generations.Current.TcpData.IsEmpty;

    /// <summary>Whether an addon cut it, or failed.</summary>
    public bool WasCut => flow.Error is not null || flow.WasAborted;

    /// <summary>Tells addons that the tunnel begins.</summary>
    /// <returns>False when an addon failed, and the tunnel was cut.</returns>
    public async ValueTask<bool> TryStartAsync()
    {
        using var lease = generations.Lease();
        try
        {
            if (!lease.Generation.TunnelStart.IsEmpty) await lease.Generation.TunnelStart.RunAsync(flow);
            return true;
        }
        catch (AddonException exception)
        {
            Fail(exception);
            return false;
        }
    }

    /// <summary>Shows a piece to addons.</summary>
    /// <returns>What is to be passed on; empty when nothing is.</returns>
    /// <exception cref="AddonException">An addon failed, and the tunnel was cut.</exception>
    public ValueTask<ReadOnlyMemory<byte>> PassAsync(ReadOnlyMemory<byte> piece, bool fromClient) => WantsData ? AskAsync(piece, fromClient) : new(piece);

    /// <summary>Takes note of what has passed.</summary>
    public void Count(long count, bool fromClient)
    {
        lock (_counting)
        {
            if (fromClient) _bytesToServer += count;
            else _bytesToClient += count;
            flow.SetBytes(_bytesToServer, _bytesToClient);
        }
    }

    /// <summary>Tells addons that the tunnel has ended.</summary>
    public async ValueTask EndAsync(DateTimeOffset now)
    {
        flow.Duration = now - flow.Started;
        using var lease = generations.Lease();
        if (!lease.Generation.TunnelEnd.IsEmpty) await lease.Generation.TunnelEnd.RunAsync(flow);
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>> AskAsync(ReadOnlyMemory<byte> piece, bool fromClient)
    {
        await _turn.WaitAsync();
        try
        {
            using var lease = generations.Lease();

            // A copy: the buffer will be filled again, and an addon may keep what it was given.
            var data = new TcpData(flow, fromClient, piece.ToArray());
            await lease.Generation.TcpData.RunAsync(data);
            return data.Bytes;
        }
        catch (AddonException exception)
        {
            Fail(exception);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Fail(AddonException exception)
    {
        flow.Error ??= FlowErrors.From(exception);
        flow.Abort();
    }
}
