namespace ScriptProxy.Cli.Clients;

/// <summary>Where a client finds what it needs to trust the proxy, as the client names it: in a container that may be elsewhere than here.</summary>
internal sealed record ClientPaths
{
    /// <summary>Our root certificate alone: for variables that add to what a program trusts.</summary>
    public required string Certificate { get; init; }

    /// <summary>The system's roots and ours: for variables that take the place of what a program trusts.</summary>
    public required string Bundle { get; init; }

    /// <summary>The same for Java, as PKCS#12.</summary>
    public required string Truststore { get; init; }

    /// <summary>The password of <see cref="Truststore"/>, which is no secret.</summary>
    public string TruststorePassword { get; init; } = ClientFiles.TruststorePassword;

    /// <summary>The folder to remove when nobody needs it any more; null when it is to stay.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>A wgetrc for GNU Wget, which reads no variable for roots; null where there is none.</summary>
    public string? WgetRc { get; init; }

    /// <summary>The module that lets older Node.js use the proxy; null where there is none.</summary>
    public string? NodePreload { get; init; }

    /// <summary>The folder of an ini file for PHP; null where there is none.</summary>
    public string? PhpIniFolder { get; init; }
}
