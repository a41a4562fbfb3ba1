using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ScriptProxy;

/// <summary>A whole WebSocket message on its way: put together from its frames and decompressed. Not thread-safe; may be kept.</summary>
public sealed class WebSocketMessage
{
    private string? _text;
    private ReadOnlyMemory<byte> _bytes;

    internal WebSocketMessage(WebSocketConnection webSocket, bool fromClient, bool isText, ReadOnlyMemory<byte> bytes)
    {
        WebSocket = webSocket;
        FromClient = fromClient;
        IsText = isText;
        _bytes = bytes;
    }

    /// <summary>Where it passes; sends further messages, and closes.</summary>
    public WebSocketConnection WebSocket { get; }

    /// <summary>The exchange that opened the WebSocket.</summary>
    public HttpFlow Flow => WebSocket.Flow;

    /// <summary>Whether the client sent it; else the server did.</summary>
    public bool FromClient { get; }

    /// <summary>Whether it is text; else it is binary.</summary>
    public bool IsText { get; private set; }

    /// <summary>What it says. Writing replaces it, and leaves text text: it has to be UTF-8 then.</summary>
    /// <exception cref="ArgumentException">On writing: the message is text, and the bytes are not UTF-8.</exception>
    public ReadOnlyMemory<byte> Bytes
    {
        get => _bytes;
        set
        {
            if (IsText && !Utf8.IsValid(value.Span)) throw new ArgumentException("A text message is UTF-8; these bytes are not.", nameof(value));
            Change(value, null);
        }
    }

    /// <summary>What it says, as text. Writing replaces it, and makes it text if it was binary.</summary>
    /// <exception cref="InvalidOperationException">On reading: the message is binary.</exception>
    public string Text
    {
        get => IsText ? _text ??= Encoding.UTF8.GetString(_bytes.Span) : throw new InvalidOperationException("The message is binary; read Bytes.");
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            IsText = true;
            Change(Encoding.UTF8.GetBytes(value), value);
        }
    }

    /// <summary>Whether <see cref="Drop"/> was called.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>Whether an addon replaced it.</summary>
    internal bool IsChanged { get; private set; }

    /// <summary>Replaces values of a message that is JSON, and leaves everything else as it is written.</summary>
    /// <param name="paths">Which values.</param>
    /// <param name="replace">Gets a string's text, or any other value as JSON; gives the string to write, or null to leave the value.</param>
    /// <returns>Whether a value was replaced; false for a message that is no JSON, or binary.</returns>
    public bool TryReplaceJson(IReadOnlyList<JsonPath> paths, Func<string, string?> replace)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(replace);
        if (!IsText) return false;
        try
        {
            if (JsonValues.Replace(_bytes.Span, paths, replace) is not { } replaced) return false;
            Bytes = replaced;
            return true;
        }
        catch (JsonException)
        {
            // Messages do not say what they are.
            return false;
        }
    }

    /// <summary>Does not pass it on. Addons that come later still see it.</summary>
    public void Drop() => IsDropped = true;

    private void Change(ReadOnlyMemory<byte> bytes, string? text)
    {
        _bytes = bytes;
        _text = text;
        IsChanged = true;
    }
}
