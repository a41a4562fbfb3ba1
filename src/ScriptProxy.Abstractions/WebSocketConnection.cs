namespace ScriptProxy;

/// <summary>A WebSocket (RFC 6455) between a client and its server, as long as it is open and after. Thread-safe.</summary>
public abstract class WebSocketConnection
{
    internal WebSocketConnection()
    {
    }

    /// <summary>The exchange that opened it.</summary>
    public abstract HttpFlow Flow { get; }

    /// <summary>The subprotocol that the server chose; null when none was.</summary>
    public abstract string? Subprotocol { get; }

    /// <summary>Messages that came from the client so far, those dropped included.</summary>
    public abstract long MessagesFromClient { get; }

    /// <summary>Messages that came from the server so far, those dropped included.</summary>
    public abstract long MessagesFromServer { get; }

    /// <summary>Whether it is being closed or is closed: messages are not passed on any more.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>The status it was closed with (RFC 6455 §7.4), 1005 when none was given, 1006 when it ended without a close; null while it is open.</summary>
    public abstract int? CloseCode { get; }

    /// <summary>The text it was closed with; null while it is open, empty when none was given.</summary>
    public abstract string? CloseReason { get; }

    /// <summary>Who closed it; null while it is open, and when an addon or the proxy did.</summary>
    public abstract bool? WasClosedByClient { get; }

    /// <summary>Sends a text message to the client, between those that the server sends. In a message's hook it goes out before that message.</summary>
    /// <exception cref="InvalidOperationException">It is closed.</exception>
    /// <exception cref="IOException">The client is gone.</exception>
    public abstract ValueTask SendToClientAsync(string text);

    /// <summary>Sends a binary message to the client.</summary>
    /// <inheritdoc cref="SendToClientAsync(string)"/>
    public abstract ValueTask SendToClientAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Sends a text message to the server, between those that the client sends. In a message's hook it goes out before that message.</summary>
    /// <exception cref="InvalidOperationException">It is closed.</exception>
    /// <exception cref="IOException">The server is gone.</exception>
    public abstract ValueTask SendToServerAsync(string text);

    /// <summary>Sends a binary message to the server.</summary>
    /// <inheritdoc cref="SendToServerAsync(string)"/>
    public abstract ValueTask SendToServerAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Closes it towards both sides. Does nothing when it is closed already.</summary>
    /// <param name="code">1000 for a normal end, 1008 for a violated policy, 3000 to 4999 for codes of applications (RFC 6455 §7.4).</param>
    /// <param name="reason">At most 123 bytes in UTF-8.</param>
    /// <exception cref="ArgumentException">The code is not one that may be sent, or the reason is too long.</exception>
    public abstract ValueTask CloseAsync(int code = 1000, string reason = "");
}
