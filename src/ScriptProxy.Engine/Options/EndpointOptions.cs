namespace ScriptProxy.Engine;

/// <summary>One endpoint of a cluster: its address alone, or with a weight. Immutable.</summary>
[OptionShorthand(nameof(Address))]
public sealed record EndpointOptions
{
    /// <summary>Where it is.</summary>
    [Option("Where it is.", ValueName = "HOST:PORT")]
    public required string Address { get; init; }

    /// <summary>How much it takes in comparison with the others.</summary>
    [Option("How much it takes in comparison with the others.", Min = 1, Max = 1000)]
    public int Weight { get; init; } = 1;
}
