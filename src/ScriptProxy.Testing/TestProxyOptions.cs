using ScriptProxy.Engine;

namespace ScriptProxy.Testing;

/// <summary>How a <see cref="TestProxy"/> is set up.</summary>
public sealed record TestProxyOptions
{
    /// <summary>
    /// The proxy's own options. The address it listens on is 127.0.0.1 with a free port and its root certificate one that all test proxies share,
    /// unless these say otherwise; the root of test origins is always trusted.
    /// </summary>
    public ProxyOptions Proxy { get; init; } = new();

    /// <summary>The text of a script to run; null for none. Not together with <see cref="Addons"/>.</summary>
    public string? Script { get; init; }

    /// <summary>Whether <see cref="TestProxy.ScriptPath"/> goes live when it is saved.</summary>
    public bool Watch { get; init; }

    /// <summary>Options of the script, as --set takes them: "script.headers=X-Pin". Its name is "script", unless its class has a Name.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>Addons to run, in this order.</summary>
    public IReadOnlyList<Addon> Addons { get; init; } = [];

    /// <summary>Origins to find by their names on the ports 80 and 443.</summary>
    public IReadOnlyList<TestOrigin> Origins { get; init; } = [];

    /// <summary>Raw origins to find by their names on the ports 80 and 443: both lead to the one they listen on.</summary>
    public IReadOnlyList<RawOrigin> RawOrigins { get; init; } = [];

    /// <summary>Whether the proxy may log errors without failing the test.</summary>
    public bool AllowErrors { get; init; }
}
