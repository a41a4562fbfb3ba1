namespace ScriptProxy.Engine;

/// <summary>One of several listeners, as <see cref="ProxyOptions.Listeners"/> has them. Immutable.</summary>
public sealed record ListenerOptions : IPlacedOptions
{
    /// <summary>How clients reach the proxy here, without an address.</summary>
    [Option("How clients reach the proxy: regular.")]
    public string Mode { get; init; } = "regular";

    /// <summary>Where to listen; null for the address of --listen.</summary>
    [Option("Address and port to listen on.", ValueName = "HOST:PORT")]
    public string? Listen { get; init; }

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate() => ListenerOptionsValidator.Validate(this);
}
