namespace ScriptProxy.Engine;

/// <summary>What traffic can be sent through, a proxy or a cluster of endpoints, by its name in <see cref="ProxyOptions.Upstreams"/>. Immutable.</summary>
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

    /// <summary>The servers of a cluster, in place of <see cref="Url"/>; empty for a proxy.</summary>
    [Option("In place of a URL: servers that do the same, one of which takes each request: HOST:PORT, or {address: HOST:PORT, weight: NUMBER}.")]
    public EndpointOptions[] Endpoints { get; init; } = [];

    /// <summary>How requests are spread over <see cref="Endpoints"/>.</summary>
    [Option("How requests are spread over endpoints: round-robin, least-requests or random.")]
    public BalancePolicy Balance { get; init; }

    /// <summary>Active checks of <see cref="Endpoints"/>; null for none.</summary>
    [Option("How the health of endpoints is checked; left out, it is not.")]
    public HealthOptions? Health { get; init; }

    /// <summary>Passive checks of <see cref="Endpoints"/>; null for none.</summary>
    [Option("When endpoints whose answers fail are left alone for a while; left out, they never are.")]
    public OutlierOptions? Outliers { get; init; }

    /// <summary>With fewer than this many percent of <see cref="Endpoints"/> available, all are used.</summary>
    [Option("With fewer than this many percent of the endpoints available, requests go to all of them; 0 for never.", Min = 0, Max = 100)]
    public int PanicPercent { get; init; } = 50;

    /// <summary>What is tried again on another of <see cref="Endpoints"/>; null for one retry when a connection cannot be had.</summary>
    [Option("What is tried again on another endpoint; left out, one retry when a connection cannot be had.")]
    public RetryOptions? Retries { get; init; }

    /// <summary>How much <see cref="Endpoints"/> take at once.</summary>
    [Option("How much all endpoints together take at once; more is answered 503.")]
    public LimitOptions? Limits { get; init; }

    /// <summary>Time to connect to one of <see cref="Endpoints"/>; null for --connect-timeout.</summary>
    [Option("Time to connect to one endpoint; left out, --connect-timeout.", Min = 0.01)]
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>Whether anything is said that only endpoints have.</summary>
    internal bool IsAboutEndpoints =>
        Balance != BalancePolicy.RoundRobin || Health is not null || Outliers is not null || Retries is not null || Limits is not null || PanicPercent != 50 || ConnectTimeout is not null;

    /// <inheritdoc/>
    string? IPlacedOptions.Place { get; set; }
}
