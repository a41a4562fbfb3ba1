namespace ScriptProxy.Engine;

/// <summary>One of several listeners, as <see cref="ProxyOptions.Listeners"/> has them. Immutable.</summary>
public sealed record ListenerOptions : IPlacedOptions
{
    /// <summary>How clients reach the proxy here, without an address.</summary>
    [Option("How clients reach the proxy: regular, socks5, reverse:URL, transparent.")]
    public string Mode { get; init; } = "regular";

    /// <summary>Where to listen; null for the address of --listen.</summary>
    [Option("Address and port to listen on, unix:PATH, fd:NUMBER or systemd.", ValueName = "HOST:PORT")]
    public string? Listen { get; init; }

    /// <summary>Who may use this listener: one user and the password; null for what <see cref="ProxyOptions.ProxyAuth"/> says.</summary>
    [Option("User and password that clients have to give here.", ValueName = "USER:PASSWORD", Secret = true)]
    public string? ProxyAuth { get; init; }

    /// <summary>Who may use this listener: a file; null for what <see cref="ProxyOptions.ProxyAuthFile"/> says.</summary>
    [Option("File of users and hashed passwords that clients have to give here.", ValueName = "FILE")]
    public string? ProxyAuthFile { get; init; }

    /// <summary>The certificate to show in TLS; null for one made for the name that the client asks for.</summary>
    [Option("PEM file with the certificate to show clients in TLS, and those that lead to its root.", ValueName = "FILE")]
    public string? Cert { get; init; }

    /// <summary>The key of <see cref="Cert"/>; null when it is in the same file.</summary>
    [Option("PEM file with the key of that certificate.", ValueName = "FILE")]
    public string? Key { get; init; }

    /// <summary>Whether a reverse proxy leaves Host as it came; null for what <see cref="ProxyOptions.KeepHost"/> says.</summary>
    [Option("Leave the Host header of requests as it came.")]
    public bool? KeepHost { get; init; }

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate() => ListenerOptionsValidator.Validate(this);
}
