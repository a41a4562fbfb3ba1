namespace ScriptProxy.Engine.WebSockets;

/// <summary>What a reader found.</summary>
internal enum IncomingKind
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>A ping or a pong.</summary>
    Control,

    /// <summary>The closing frame.</summary>
    Close,

    /// <summary>Something that is not allowed.</summary>
    Violation,

    /// <summary>The end of the connection.</summary>
    End,
}

/// <summary>One thing that came from a side of a WebSocket. Its bytes are valid until the next is read.</summary>
internal readonly record struct Incoming(IncomingKind Kind)
{
    /// <summary>What it is; of a message, what its first frame was.</summary>
    public Opcode Opcode { get; init; }

    /// <summary>Whether <see cref="Payload"/> is compressed.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Its frames, as they came.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>What it says, put together and without mask.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What is not allowed about it.</summary>
    public CloseStatus? Status { get; init; }

    public static Incoming Violation(CloseStatus status) => new(IncomingKind.Violation) { Status = status };
}
