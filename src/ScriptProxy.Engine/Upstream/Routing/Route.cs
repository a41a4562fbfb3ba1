namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>A choice that was made: what is dialled, and why. One object per choice that is possible, told apart by reference: it is part of the pool's key.</summary>
/// <param name="hop">What is dialled.</param>
/// <param name="reason">Why, in a few words for records: "routes[0]", "PAC"; null when nothing was configured.</param>
internal sealed class Route(NextHop hop, string? reason)
{
    private Route? _tunnelled;

    public NextHop Hop => hop;

    public string? Reason => reason;

    /// <summary>Whether requests are never handed over with their whole URL.</summary>
    public bool AlwaysTunnels { get; private init; }

    /// <summary>The same route, for what a proxy has to be asked for a tunnel: an upgrade (RFC 6455 §4.1). Always the same object.</summary>
    public Route Tunnelled
    {
        get
        {
            if (AlwaysTunnels || !hop.TakesAbsoluteForm) return this;
            return _tunnelled ?? Interlocked.CompareExchange(ref _tunnelled, new Route(hop, reason) { AlwaysTunnels = true }, null) ?? _tunnelled;
        }
    }

    public override string ToString() => reason is null ? hop.Name : $"{hop.Name} ({reason})";
}
