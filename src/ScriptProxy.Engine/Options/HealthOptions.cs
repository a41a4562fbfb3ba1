using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine;

/// <summary>Active health checks of a cluster: every endpoint is asked in turn whether it is well. Immutable.</summary>
public sealed record HealthOptions
{
    /// <summary>What is asked for with GET; null for a check that a connection is accepted.</summary>
    [Option("Path that is asked for with GET; left out, it is enough that a connection is accepted.")]
    public string? Path { get; init; }

    /// <summary>The Host field, and the name in TLS; null for the endpoint's own.</summary>
    [Option("Host field of the check, and the name verified in TLS; left out, the endpoint's own.")]
    public string? Host { get; init; }

    /// <summary>Whether the check is made in TLS.</summary>
    [Option("Make the check in TLS; the certificate is verified like that of any origin.")]
    public bool Tls { get; init; }

    /// <summary>Time between two checks of one endpoint.</summary>
    [Option("Time between two checks of one endpoint.", Min = 0.01)]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for one check.</summary>
    [Option("Time for one check, connecting included.", Min = 0.01)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many checks in a row must succeed before an endpoint is used again.</summary>
    [Option("How many checks in a row must succeed before an endpoint that failed is used again.", Min = 1)]
    public int Healthy { get; init; } = 2;

    /// <summary>How many checks in a row must fail before an endpoint is not used any more.</summary>
    [Option("How many checks in a row must fail before an endpoint is not used any more.", Min = 1)]
    public int Unhealthy { get; init; } = 3;

    /// <summary>Which status codes are good.</summary>
    [Option("Status codes that are good: 200, or a range such as 200-299.")]
    public string[] Expected { get; init; } = ["200-299"];

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Path is not null && (!Path.StartsWith('/') || Path.AsSpan().ContainsAnyExceptInRange('!', '~'))) problems.Add($"path \"{Recording.Printable.Escape(Path)}\": expected a path such as /healthz.");
        if (Path is null && (Host is not null || Tls)) problems.Add("host and tls mean nothing without a path. Add path: /healthz, or remove them.");
        if (Expected.Length == 0) problems.Add("expected is empty: no answer would do. Name status codes, such as [200-299].");
        StatusCodes.Parse("expected", Expected, problems);
        return problems;
    }
}
