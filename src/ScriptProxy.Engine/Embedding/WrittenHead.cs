using System.Text;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Heads of messages that came over no wire. They are written and parsed like one that did, so that nobody can tell them apart.</summary>
internal static class WrittenHead
{
    /// <param name="startLine">A request or status line, valid as it is.</param>
    /// <param name="headers">The field lines in order.</param>
    /// <exception cref="ArgumentException">A name is not a token, or a value holds CR, LF or NUL.</exception>
    public static HeaderBlock Of(string startLine, IEnumerable<KeyValuePair<string, string>> headers)
    {
        var text = new StringBuilder(startLine).Append("\r\n");
        foreach (var (name, value) in headers) text.Append(HeaderSyntax.CheckName(name)).Append(": ").Append(HeaderSyntax.CheckValue(name, value)).Append("\r\n");

        var bytes = Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
        var parser = new HeadParser(int.MaxValue, int.MaxValue, int.MaxValue, lax: false);
        if (parser.Parse(bytes) != HeadStatus.Complete) throw new ArgumentException($"This is not the head of a message: {parser.Problem}.", nameof(startLine));
        return parser.Build(bytes);
    }
}
