namespace ScriptProxy.Engine.Flows;

/// <summary>Reads one body as its payload, whatever protocol carries it. One reader at a time.</summary>
internal abstract class BodyReader
{
    /// <summary>How the end of the body is known.</summary>
    public abstract Http1.Framing Framing { get; }

    /// <summary>Whether the last byte, trailers included, was read.</summary>
    public bool IsCompleted { get; protected set; }

    /// <summary>Whether anything of the body was read.</summary>
    public bool IsStarted { get; protected set; }

    /// <summary>Payload bytes read so far, framing not counted.</summary>
    public long BytesRead { get; protected set; }

    /// <summary>The trailer fields; null when there are none or the end was not reached.</summary>
    public virtual Http1.HeaderBlock? Trailers => null;

    /// <summary>The next piece of payload, valid until the next call; empty at the end.</summary>
    /// <exception cref="FlowException">The sender went away before the end, or sent what is not a body.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync();
}
