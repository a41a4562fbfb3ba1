namespace ScriptProxy.Engine.Tunnels;

/// <summary>Which direction of a tunnel broke first: the other one is cut because of it. Thread-safe.</summary>
internal sealed class BrokenLane
{
    private TunnelLane? _first;

    /// <summary>Null while none has broken.</summary>
    public TunnelLane? First => Volatile.Read(ref _first);

    public void Note(TunnelLane lane) => Interlocked.CompareExchange(ref _first, lane, null);
}
