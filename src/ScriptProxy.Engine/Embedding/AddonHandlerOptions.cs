using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Embedding;

/// <summary>What an <see cref="AddonHandler"/> loads, and how it treats it. The limits are those of the proxy.</summary>
public sealed record AddonHandlerOptions
{
    /// <summary>Where addons come from, in the order in which their hooks run.</summary>
    public IReadOnlyList<AddonSource> Addons { get; init; } = [];

    /// <summary>Where records of flows go, secrets masked; none costs nothing.</summary>
    public IReadOnlyList<IFlowSink> Sinks { get; init; } = [];

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>How long a hook may take before its flow fails.</summary>
    public TimeSpan HookTimeout { get; init; } = new ProxyOptions().HookTimeout;

    /// <summary>What a failing hook does to its flow.</summary>
    public AddonErrorPolicy OnAddonError { get; init; } = AddonErrorPolicy.Fail;

    /// <summary>Most bytes of one body that an addon may buffer, coded or decoded.</summary>
    public long BodyLimit { get; init; } = new ProxyOptions().BodyLimit;

    /// <summary>Whether sinks get secrets known by name as they are.</summary>
    public bool ShowSecrets { get; init; }
}
