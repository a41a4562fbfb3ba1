using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>A cluster as options name it, found to be well-formed. Immutable.</summary>
/// <param name="Name">How routes and people know it.</param>
/// <param name="Endpoints">Host, port and weight of each; at least one.</param>
internal sealed record ClusterPlan(string Name, IReadOnlyList<(string Host, int Port, int Weight)> Endpoints)
{
    public BalancePolicy Balance { get; init; }

    /// <summary>Null for no active checks.</summary>
    public HealthOptions? Health { get; init; }

    /// <summary>Null for no passive checks.</summary>
    public OutlierOptions? Outliers { get; init; }

    public RetryOptions Retries { get; init; } = ConnectFailuresOnly;

    public LimitOptions Limits { get; init; } = new();

    /// <summary>With less than this many percent of the endpoints available, all are used.</summary>
    public int PanicPercent { get; init; } = 50;

    /// <summary>Null for --connect-timeout.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>What holds where nothing is said of retries: nothing was sent, so that another endpoint can only do good.</summary>
    private static RetryOptions ConnectFailuresOnly { get; } = new() { On = ["connect-failure"] };

    /// <summary>Reads the endpoints.</summary>
    /// <param name="options">May be wrong.</param>
    /// <param name="problems">Gets a line for each that is.</param>
    public static IReadOnlyList<(string Host, int Port, int Weight)> EndpointsOf(IReadOnlyList<EndpointOptions> options, ICollection<string> problems)
    {
        var endpoints = new List<(string Host, int Port, int Weight)>();
        for (var i = 0; i < options.Count; i++)
        {
            var text = options[i].Address;
            if (!Authority.TryParse(text, 0, out var host, out var port))
            {
                var remedy = Authority.TryParse(text, 80, out _, out _) ? $"the port is missing. Write {Printable.Escape(text)}:PORT." : "expected HOST:PORT, such as 10.0.0.1:8443 or [::1]:8443.";
                problems.Add($"endpoints[{i}] \"{Printable.Escape(text)}\": {remedy}");
            }
            else if (options[i].Weight < 1) problems.Add($"endpoints[{i}] \"{Printable.Escape(text)}\": weight {options[i].Weight}: expected 1 or more.");
            else if (endpoints.Any(other => other.Host == host && other.Port == port)) problems.Add($"endpoints[{i}] \"{Printable.Escape(text)}\": given twice. Remove one, or give the other a weight.");
            else endpoints.Add((host, port, options[i].Weight));
        }

        return endpoints;
    }
}
