namespace ScriptProxy.Streaming;

/// <summary>The bytes an event came as.</summary>
/// <param name="Bytes">All of them, the empty line included where there was one.</param>
/// <param name="LineBreak">What its lines end with.</param>
/// <param name="IsComplete">Whether the empty line that dispatches it came.</param>
internal sealed record ServerSentEventSource(ReadOnlyMemory<byte> Bytes, string LineBreak, bool IsComplete)
{
    /// <summary>The event as it was read.</summary>
    public ServerSentEvent? Original { get; set; }

    /// <summary>Whether its bytes went on.</summary>
    public bool WentAsItCame { get; set; }
}
