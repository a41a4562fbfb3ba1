using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Relays bytes both ways until both sides have closed; one side's end is passed on as an end, not as a cut.</summary>
/// <param name="client">One side.</param>
/// <param name="upstream">The other side.</param>
/// <param name="deadline">Armed while nothing passes.</param>
/// <param name="idleTimeout">How long nothing may pass in either direction.</param>
/// <param name="pipes">What the kernel moves much at once with; null to copy always.</param>
/// <param name="hello">Looks for the ClientHello; null when nobody wants to know.</param>
/// <param name="tap">Where addons see the bytes; null when none wants to.</param>
internal sealed class TunnelRelay(
    BufferedConnection client, BufferedConnection upstream, Deadline deadline, TimeSpan idleTimeout, SplicePipes? pipes = null, HelloWatch? hello = null, TunnelTap? tap = null)
{
    private readonly BrokenLane _broken = new();
    private TunnelLane? _up;
    private TunnelLane? _down;

    public long BytesToClient => _down?.Bytes ?? 0;

    public long BytesToUpstream => _up?.Bytes ?? 0;

    /// <summary>How it ended.</summary>
    public TunnelOutcome Outcome { get; private set; }

    /// <summary>Returns when nothing more can come. A broken side cuts the other.</summary>
    public async Task RunAsync()
    {
        _up = new TunnelLane(client, upstream, fromClient: true, _broken, deadline, idleTimeout, pipes, hello, tap);
        _down = new TunnelLane(upstream, client, fromClient: false, _broken, deadline, idleTimeout, pipes, hello: null, tap);

        // One after the other: neither throws what the network does, and there is one object less per tunnel than with Task.WhenAll.
        var ascending = _up.RunAsync();
        await _down.RunAsync();
        await ascending;
        if (_broken.First is { } broken) Outcome = OutcomeOf(broken);
        deadline.Disarm();
    }

    private TunnelOutcome OutcomeOf(TunnelLane broken)
    {
        if (deadline.Expired == DeadlineKind.Tunnel) return TunnelOutcome.Idle;
        if (tap is { WasCut: true }) return TunnelOutcome.Cut;
        if (deadline is ProxyConnection { IsDraining: true }) return TunnelOutcome.Stopped;
        return ReferenceEquals(broken, _up) == (broken.End == LaneEnd.SourceBroke) ? TunnelOutcome.ClientBroke : TunnelOutcome.ServerBroke;
    }
}
