namespace ScriptProxy.Engine;

/// <summary>How much a cluster takes at once; what is more is answered 503 at once. Immutable.</summary>
public sealed record LimitOptions
{
    /// <summary>Connections in use.</summary>
    [Option("Connections in use at once: by HTTP/1.1 requests and tunnels. Further requests wait.", Min = 1)]
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Requests that wait for a connection.</summary>
    [Option("Requests that may wait for a connection; further ones are answered 503.")]
    public int MaxPending { get; init; } = 1024;

    /// <summary>Requests under way.</summary>
    [Option("Requests and tunnels at once, waiting ones included; further ones are answered 503.", Min = 1)]
    public int MaxRequests { get; init; } = 1024;

    /// <summary>Retries under way.</summary>
    [Option("Retries at once; what fails beyond is not tried again.")]
    public int MaxRetries { get; init; } = 10;
}
