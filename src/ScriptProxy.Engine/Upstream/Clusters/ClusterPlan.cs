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

    /// <summary>Reads an upstream that is a cluster.</summary>
    /// <param name="name">How routes know it.</param>
    /// <param name="place">What asked for it, for messages.</param>
    /// <param name="options">May be wrong.</param>
    /// <param name="problems">Gets a line for each thing that is.</param>
    /// <param name="plan">The cluster; null when something is wrong with it.</param>
    /// <returns>Whether it was meant to be one.</returns>
    public static bool Of(string name, string place, UpstreamOptions options, ICollection<string> problems, out ClusterPlan? plan)
    {
        plan = null;
        if (options.Endpoints.Length == 0)
        {
            if (!options.IsAboutEndpoints) return false;
            problems.Add($"{place}: balance, health, outliers, retries, limits, panic-percent and connect-timeout are about endpoints, of which there are none. Add endpoints: [HOST:PORT, …], or remove them.");
            return true;
        }

        var own = new List<string>();
        if (options.Url is not null) own.Add("it has both a url and endpoints. Remove one: a URL is a proxy, endpoints are the servers themselves.");
        if (options.Ca.Length > 0 || !options.Verify) own.Add("ca and verify are about proxies. Name roots of endpoints by --upstream-ca, and hosts not to verify under hosts:.");
        var endpoints = EndpointsOf(options.Endpoints, own);
        own.AddRange((options.Health?.Validate() ?? []).Select(line => $"health: {line}"));
        own.AddRange((options.Retries?.Validate() ?? []).Select(line => $"retries: {line}"));
        if (own.Count == 0) plan = Of(name, options, endpoints);
        foreach (var problem in own) problems.Add($"{place}: {problem}");
        return true;
    }

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

    private static ClusterPlan Of(string name, UpstreamOptions options, IReadOnlyList<(string Host, int Port, int Weight)> endpoints) => new(name, endpoints)
    {
        Balance = options.Balance,
        Health = options.Health,
        Outliers = options.Outliers,
        Retries = options.Retries ?? ConnectFailuresOnly,
        Limits = options.Limits ?? new LimitOptions(),
        PanicPercent = options.PanicPercent,
        ConnectTimeout = options.ConnectTimeout,
    };
}
