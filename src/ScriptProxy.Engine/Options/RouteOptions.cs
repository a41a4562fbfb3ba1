namespace ScriptProxy.Engine;

/// <summary>One rule of <see cref="ProxyOptions.Routes"/>: which destinations go which way. Immutable.</summary>
public sealed record RouteOptions : IPlacedOptions
{
    /// <summary>Which destinations: names with or without *, .suffix, addresses, CIDR blocks, /regular expressions/; each but the last two with or without :port.</summary>
    [Option("Which destinations: name, *.name, .suffix, address, CIDR block, /regex/; names and addresses also with :port.")]
    public required string[] Hosts { get; init; }

    /// <summary>Which way: the name of an upstream, "direct", or a URL without credentials.</summary>
    [Option("The name of an upstream, direct, or a URL without credentials.")]
    public required string Via { get; init; }

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }
}
