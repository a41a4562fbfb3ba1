namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>One upstream as options name it, found to be well-formed.</summary>
/// <param name="Place">What asked for it, for messages.</param>
/// <param name="Name">How routes and people know it.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Ca">PEM files with roots for its own certificate.</param>
/// <param name="Verify">Whether its own certificate is verified.</param>
internal sealed record UpstreamPlan(string Place, string Name, UpstreamUrl Url, string[] Ca, bool Verify)
{
    /// <summary>How often a PAC script is read again.</summary>
    public TimeSpan Refresh { get; init; } = UpstreamOptions.DefaultRefresh;
}
