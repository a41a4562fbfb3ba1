using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Recording;

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
    private readonly TunnelLane _up = new(client, upstream, fromClient: true, deadline, idleTimeout, pipes, hello, tap);
    private readonly TunnelLane _down = new(upstream, client, fromClient: false, deadline, idleTimeout, pipes, hello: null, tap);

    public long BytesToClient => _down.Bytes;

    public long BytesToUpstream => _up.Bytes;

    /// <summary>How it ended.</summary>
    public TunnelOutcome Outcome { get; private set; }

    /// <summary>Returns when nothing more can come. A broken side cuts the other.</summary>
    public async Task RunAsync()
    {
        var up = _up.RunAsync();
        var down = _down.RunAsync();
        var first = ReferenceEquals(await Task.WhenAny(up, down), up) ? _up : _down;
        if (first.End is LaneEnd.SourceBroke or LaneEnd.TargetBroke) Outcome = OutcomeOf(first);
        await Task.WhenAll(up, down);

        // One side may have ended long before the other broke.
        if (Outcome == TunnelOutcome.Ended && _up.End != LaneEnd.Ended) Outcome = OutcomeOf(_up);
        if (Outcome == TunnelOutcome.Ended && _down.End != LaneEnd.Ended) Outcome = OutcomeOf(_down);
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
