using System.Text;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

/// <summary>Heads from text and back; Latin-1, so that every character is one byte.</summary>
internal static class Heads
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static HeadParser NewParser(bool lax = false, int maxHeadBytes = 10_000, int maxStartLineBytes = 1_000, int maxLines = 50) =>
        new(maxHeadBytes, maxStartLineBytes, maxLines, lax);

    /// <summary>A request's head with these field lines, each with its break.</summary>
    public static HeaderBlock Request(string fields, bool lax = false) => Parse($"GET / HTTP/1.1\r\n{fields}\r\n", lax);

    public static HeaderBlock Parse(string text, bool lax = false)
    {
        var parser = NewParser(lax);
        Assert.Equal(HeadStatus.Complete, parser.Parse(Bytes(text)));
        return parser.Build(Bytes(text));
    }

    /// <summary>The field lines as they go out.</summary>
    public static string Written(HeaderBlock head)
    {
        using var buffer = new WireBuffer();
        HeadWriter.WriteLines(buffer, head);
        return Text(buffer.Written.Span);
    }

    /// <summary>"name=value|name=value".</summary>
    public static string Fields(HeaderBlock head) => string.Join('|', head.Select(field => $"{field.Key}={field.Value}"));
}
