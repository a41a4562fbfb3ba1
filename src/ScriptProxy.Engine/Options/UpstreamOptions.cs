namespace ScriptProxy.Engine;

/// <summary>A proxy that traffic can be sent through, by its name in <see cref="ProxyOptions.Upstreams"/>. Immutable.</summary>
public sealed record UpstreamOptions : IPlacedOptions
{
    internal static readonly TimeSpan DefaultRefresh = TimeSpan.FromMinutes(10);

    /// <summary>Where it is and what it speaks: http, https, socks5, socks5h; or pac+file, pac+http, pac+https for a script that chooses. Holds credentials.</summary>
    [Option("http://, https://, socks5:// or socks5h://[USER:PASSWORD@]HOST[:PORT], or pac+file:, pac+http:, pac+https: and where the PAC script is.", Secret = true)]
    public string? Url { get; init; }

    /// <summary>PEM files with roots that the proxy's own certificate may be signed by, beside those of the system. Origins are not believed because of them.</summary>
    [Option("PEM files with further roots for the proxy's own certificate; origins are not believed because of them.", ValueName = "FILE")]
    public string[] Ca { get; init; } = [];

    /// <summary>Whether the proxy's own certificate is verified. Says nothing about origins.</summary>
    [Option("Verify the proxy's own certificate.")]
    public bool Verify { get; init; } = true;

    /// <summary>How often a PAC script is read again.</summary>
    [Option("Time after which a PAC script is read again.", ValueName = "SECONDS", Min = 1)]
    public TimeSpan Refresh { get; init; } = DefaultRefresh;

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }
}
