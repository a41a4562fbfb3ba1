namespace ScriptProxy.Engine.WebSockets;

/// <summary>What a frame is (RFC 6455 §5.2).</summary>
internal enum Opcode : byte
{
    /// <summary>The next part of a message.</summary>
    Continuation = 0,

    /// <summary>A text message, or its first part.</summary>
    Text = 1,

    /// <summary>A binary message, or its first part.</summary>
    Binary = 2,

    /// <summary>The end, with a code and a text.</summary>
    Close = 8,

    /// <summary>A question whether the other side is there.</summary>
    Ping = 9,

    /// <summary>The answer.</summary>
    Pong = 10,
}
