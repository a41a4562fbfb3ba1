namespace ScriptProxy.Engine;

/// <summary>Passive health checks of a cluster: an endpoint whose answers fail is left alone for a while. Immutable.</summary>
public sealed record OutlierOptions
{
    /// <summary>How many failures in a row eject an endpoint.</summary>
    [Option("How many failures in a row (5xx answers, resets, times that are over, connections refused) eject an endpoint.", Min = 1)]
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>For how long, the first time.</summary>
    [Option("For how long; each time in a row it is as much longer, up to ten times.", Min = 0.01)]
    public TimeSpan Eject { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many endpoints may be ejected at once.</summary>
    [Option("How many of the endpoints may be ejected at once, in percent; one always may if there are two.", Min = 0, Max = 100)]
    public int MaxEjectedPercent { get; init; } = 50;
}
