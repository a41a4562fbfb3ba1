using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Where addons see a tunnel: its start, what passes, its end. Each moment leases the addons anew, so that a tunnel that lasts for days holds up no reload.</summary>
internal sealed class TunnelTap(Generations generations, TunnelFlow flow) : IDisposable
{
    // Both directions wait here: an addon sees one piece of a tunnel at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _clientHasSpoken;

    public TunnelFlow Flow => flow;

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
    public ValueTask<ReadOnlyMemory<byte>> PassAsync(ReadOnlyMemory<byte> piece, bool fromClient)
    {
        if (fromClient && !_clientHasSpoken) ReadHello(piece.Span);
        return generations.Current.TcpData.IsEmpty ? new(piece) : AskAsync(piece, fromClient);
    }

    /// <summary>Takes note of what has passed.</summary>
    public void Count(long toServer, long toClient) => flow.SetBytes(toServer, toClient);

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

    /// <summary>Finds SNI and fingerprints in the client's first bytes, which hold the whole ClientHello in practice.</summary>
    private void ReadHello(ReadOnlySpan<byte> first)
    {
        _clientHasSpoken = true;
        if (flow.ClientHello is null && ClientHelloReader.TryRead(first, out var content) == ClientHelloStatus.Complete)
            flow.ClientHello = content.ToClientHello(flow.Client, flow.Host, flow.Port);
    }
}
