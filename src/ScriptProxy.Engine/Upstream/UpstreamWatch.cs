using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream;

/// <summary>Asks and tells addons when an upstream is connected to. Thread-safe.</summary>
internal sealed class UpstreamWatch(Generations generations)
{
    /// <summary>Runs <paramref name="dialAsync"/> between the hooks for it.</summary>
    /// <exception cref="AddonException">A hook failed; nothing was dialled.</exception>
    /// <exception cref="FlowException">A hook refused, or the connection could not be had.</exception>
    public async Task<T> ConnectAsync<T>(UpstreamConnect connect, Func<UpstreamConnect, Task<T>> dialAsync)
    {
        using var lease = generations.Lease();
        var addons = lease.Generation;
        if (!addons.HasDialHooks) return await dialAsync(connect);

        if (!addons.UpstreamConnecting.IsEmpty) await addons.UpstreamConnecting.RunAsync(connect);
        if (connect.Refusal is { } reason) throw new FlowException(FlowErrors.Refused(reason));
        T connection;
        try
        {
            connection = await dialAsync(connect);
        }
        catch (FlowException exception)
        {
            connect.Error = exception.Error;
            if (!addons.UpstreamFailed.IsEmpty) await addons.UpstreamFailed.RunAsync(connect);
            throw;
        }

        if (!addons.UpstreamConnected.IsEmpty) await addons.UpstreamConnected.RunAsync(connect);
        return connection;
    }

    /// <summary>Tells of a handshake that failed.</summary>
    public async ValueTask TellAsync(TlsFailure failure)
    {
        using var lease = generations.Lease();
        if (!lease.Generation.TlsFailed.IsEmpty) await lease.Generation.TlsFailed.RunAsync(failure);
    }
}
