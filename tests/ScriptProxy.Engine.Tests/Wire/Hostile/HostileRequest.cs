namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>
/// One input that somebody could read in two ways, or should not read at all. ORIGIN stands for the origin's host:port; texts are Latin-1. What
/// follows the message, where anything does, is a request for /smuggled that must not reach the origin.
/// </summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Bytes">What the client sends.</param>
/// <param name="Status">What the client is answered; the connection ends then.</param>
/// <param name="Problem">What the answer says; null where another test looks at the words.</param>
internal sealed record HostileRequest(string Name, string Bytes, int Status, string? Problem = null)
{
    public const string Smuggled = "GET http://ORIGIN/smuggled HTTP/1.1\r\nHost: ORIGIN\r\n\r\n";

    /// <summary>Whether the head is good and only the body is not: the origin may have seen the beginning of one request, and must see it cut.</summary>
    public bool MayBegin { get; init; }

    /// <summary>A POST with field lines, each with its break, and what follows them.</summary>
    public static HostileRequest Fields(string name, string fields, int status = 400, string? problem = null, string body = Smuggled) =>
        new(name, $"POST http://ORIGIN/ HTTP/1.1\r\nHost: ORIGIN\r\n{fields}\r\n{body}", status, problem);

    /// <summary>A request line without its break.</summary>
    public static HostileRequest Line(string name, string line, int status = 400, string? problem = null) =>
        new(name, $"{line}\r\nHost: ORIGIN\r\n\r\n{Smuggled}", status, problem);

    /// <summary>A chunked body.</summary>
    public static HostileRequest Of(BadChunks chunks) =>
        new(chunks.Name, $"POST http://ORIGIN/ HTTP/1.1\r\nHost: ORIGIN\r\nTransfer-Encoding: chunked\r\n\r\n{chunks.Bytes}{Smuggled}", 400, chunks.Problem) { MayBegin = true };
}
