using ScriptProxy.Engine.Upstream.Clusters;

namespace ScriptProxy.Engine;

/// <summary>Which failures of a cluster's endpoints are tried again, on another endpoint if there is one. Immutable.</summary>
public sealed record RetryOptions
{
    /// <summary>How often a request is tried again.</summary>
    [Option("How often a request is tried again; 0 for never.", Max = 100)]
    public int Attempts { get; init; } = 1;

    /// <summary>After what.</summary>
    [Option("After what: connect-failure, reset, timeout, refused-stream, gateway-error (502-504), 5xx, or status codes. A per-try timeout counts as timeout and as 504.")]
    public string[] On { get; init; } = ["connect-failure", "reset", "502", "503", "504"];

    /// <summary>Whether requests are sent again whose methods are not idempotent.</summary>
    [Option("Send requests again that may have been acted on although their method is not idempotent (POST, PATCH). Those that never reached an endpoint always are.")]
    public bool NonIdempotent { get; init; }

    /// <summary>How much of all requests may be retries.</summary>
    [Option("How many of the requests under way may be retries, in percent.", Min = 0, Max = 100)]
    public int BudgetPercent { get; init; } = 20;

    /// <summary>How many retries may always be under way.</summary>
    [Option("How many retries may be under way whatever the percentage says.")]
    public int BudgetMin { get; init; } = 3;

    /// <summary>Time for one try until the response head; null for no limit of its own.</summary>
    [Option("Time for one try, from connecting to the head of the response; left out, --response-timeout alone counts.", Min = 0.01)]
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>How long to wait before the first retry.</summary>
    [Option("About how long to wait before the first retry; twice as long before each further one, up to ten times. A random part of it is taken.", Min = 0)]
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How much of a request body is held for a retry.</summary>
    [Option("Bodies of requests up to this length are held until the response, so that they can be sent again; longer ones stream and are not retried.", ValueName = "BYTES", Max = 16 * 1024)]
    public int HoldBody { get; init; } = 16 * 1024;

    /// <summary>Checks every value.</summary>
    /// <returns>One line per problem; empty when all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        RetryConditions.Parse(On, problems);
        return problems;
    }
}
