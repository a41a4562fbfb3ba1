namespace ScriptProxy.Engine.Http1;

/// <summary>Reads a trailer section (RFC 9112 §7.1.2) that the chunk scanner has validated.</summary>
internal static class TrailerParser
{
    /// <param name="section">Trailer lines with their breaks and the closing empty line; empty when there are none.</param>
    /// <returns>The fields, or null when there are none.</returns>
    public static HeaderBlock? Parse(ReadOnlyMemory<byte> section)
    {
        if (section.IsEmpty) return null;
        var parser = new HeadParser(section.Length + 2, 0, 200, lax: false);

        // A head starts with a start line; an empty one stands in for it.
        var head = new byte[section.Length + 2];
        head[0] = (byte)'\r';
        head[1] = (byte)'\n';
        section.CopyTo(head.AsMemory(2));
        return parser.Parse(head) == HeadStatus.Complete ? parser.Build(head) : null;
    }
}
