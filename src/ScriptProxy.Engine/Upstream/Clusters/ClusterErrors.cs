namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>What clients, logs and addons are told when a cluster itself does not take a request (RFC 9209 §2.3).</summary>
internal static class ClusterErrors
{
    /// <summary>A limit is reached.</summary>
    public static FlowError Overflow(string cluster, string limit) => new("connection_limit_reached", 503, $"The upstream {cluster} is overloaded: {limit}.");

    /// <summary>No endpoint is well.</summary>
    public static FlowError NoneWell(string cluster, int count) => new("destination_unavailable", 503, $"None of the {count} endpoints of the upstream {cluster} is healthy.");

    /// <summary>The last try took too long.</summary>
    public static FlowError TryTimeout(string cluster, string endpoint, TimeSpan limit) =>
        new("http_response_timeout", 504, $"{endpoint} of the upstream {cluster} did not answer within {limit.TotalSeconds} s.");
}
