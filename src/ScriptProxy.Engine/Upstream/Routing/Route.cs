namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>A choice that was made: what is dialled, and why. One object per choice that is possible, told apart by reference: it is part of the pool's key.</summary>
/// <param name="hop">What is dialled.</param>
/// <param name="reason">Why, in a few words for records: "routes[0]", "PAC"; null when nothing was configured.</param>
internal sealed class Route(NextHop hop, string? reason)
{
    public NextHop Hop => hop;

    public string? Reason => reason;

    public override string ToString() => reason is null ? hop.Name : $"{hop.Name} ({reason})";
}
