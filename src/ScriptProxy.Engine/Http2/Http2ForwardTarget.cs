using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>What became of a request to the forward proxy: where it goes and whose it is, or the answer it gets instead.</summary>
internal readonly record struct Http2ForwardTarget
{
    /// <summary>The answer to a request that goes nowhere; null when it does.</summary>
    public FlowResponse? Answer { get; init; }

    /// <summary>Where it goes; null with an answer.</summary>
    public Destination? Destination { get; init; }

    /// <summary>Whose it is; null with an answer.</summary>
    public ClientConnection? Client { get; init; }

    /// <summary>Whether a tunnel is asked for.</summary>
    public bool IsConnect { get; init; }
}
