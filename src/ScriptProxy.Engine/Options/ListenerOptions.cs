namespace ScriptProxy.Engine;

/// <summary>One of several listeners, as <see cref="ProxyOptions.Listeners"/> has them. Immutable.</summary>
public sealed record ListenerOptions : IPlacedOptions
{
    /// <summary>How clients reach the proxy here, without an address.</summary>
    [Option("How clients reach the proxy: regular, socks5.")]
    public string Mode { get; init; } = "regular";

    /// <summary>Where to listen; null for the address of --listen.</summary>
    [Option("Address and port to listen on.", ValueName = "HOST:PORT")]
    public string? Listen { get; init; }

    /// <summary>Who may use this listener: one user and the password; null for what <see cref="ProxyOptions.ProxyAuth"/> says.</summary>
    [Option("User and password that clients have to give here.", ValueName = "USER:PASSWORD", Secret = true)]
    public string? ProxyAuth { get; init; }

    /// <summary>Who may use this listener: a file; null for what <see cref="ProxyOptions.ProxyAuthFile"/> says.</summary>
    [Option("File of users and hashed passwords that clients have to give here.", ValueName = "FILE")]
    public string? ProxyAuthFile { get; init; }

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate() => ListenerOptionsValidator.Validate(this);
}
