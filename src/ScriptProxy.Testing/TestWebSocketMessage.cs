using System.Text;

namespace ScriptProxy.Testing;

/// <summary>A message that a side of a <see cref="TestWebSocket"/> received, whole and without compression. Thread-safe.</summary>
public sealed class TestWebSocketMessage
{
    internal TestWebSocketMessage(bool isText, ReadOnlyMemory<byte> bytes)
    {
        IsText = isText;
        Bytes = bytes;
    }

    /// <summary>Whether it is text; else it is binary.</summary>
    public bool IsText { get; }

    /// <summary>What it says, as bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What it says, as text.</summary>
    /// <exception cref="InvalidOperationException">The message is binary.</exception>
    public string Text => IsText ? Encoding.UTF8.GetString(Bytes.Span) : throw new InvalidOperationException("The message is binary; read Bytes.");

    /// <summary>Its text, or how many bytes it has.</summary>
    public override string ToString() => IsText ? Text : $"{Bytes.Length} bytes";
}
