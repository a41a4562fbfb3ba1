using ScriptProxy.Streaming;

namespace ScriptProxy;

/// <summary>
/// One event of a text/event-stream (WHATWG HTML §9.2). Immutable; one that is passed on unchanged leaves as the bytes it came as, one made
/// by <c>with</c> or anew is written afresh.
/// </summary>
public sealed record ServerSentEvent
{
    private readonly string? _event;
    private readonly string? _id;

    /// <summary>Makes an event without data.</summary>
    public ServerSentEvent()
    {
    }

    /// <summary>Makes an event.</summary>
    /// <param name="data">May have several lines.</param>
    public ServerSentEvent(string data)
    {
        Data = data;
    }

    /// <summary>The type of the event; null where none is given, which clients take for "message".</summary>
    /// <exception cref="ArgumentException">On initializing: holds line breaks.</exception>
    public string? Event
    {
        get => _event;
        init => _event = CheckLine(value, nameof(Event));
    }

    /// <summary>The data, its lines joined by LF.</summary>
    public string Data { get; init; } = "";

    /// <summary>What the client sends as Last-Event-ID when it connects again; null where none is given, empty where it is to be forgotten.</summary>
    /// <exception cref="ArgumentException">On initializing: holds line breaks or NUL.</exception>
    public string? Id
    {
        get => _id;
        init => _id = CheckLine(value, nameof(Id));
    }

    /// <summary>How long the client is to wait before it connects again, in whole milliseconds; null where nothing is said.</summary>
    public TimeSpan? Retry { get; init; }

    /// <summary>The comment lines of the event, joined by LF; null when there are none.</summary>
    public string? Comment { get; init; }

    /// <summary>Where it came from; null for one that was made anew.</summary>
    internal ServerSentEventSource? Source { get; init; }

    /// <summary>Whether both say the same, wherever they came from.</summary>
    public bool Equals(ServerSentEvent? other) =>
        other is not null && Event == other.Event && Data == other.Data && Id == other.Id && Retry == other.Retry && Comment == other.Comment;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Event, Data, Id, Retry, Comment);

    private static string? CheckLine(string? value, string name) =>
        value.AsSpan().ContainsAny("\r\n\0") ? throw new ArgumentException($"{name} holds a line break or NUL, which its field cannot carry.", name) : value;
}
