namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>One answer that somebody could read in two ways, or should not read at all; texts are Latin-1. What follows the message, where anything does, is another answer that nobody may get.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Bytes">What the origin sends.</param>
/// <param name="Passes">What the client receives; null when it is told 502, or cut where the head was on its way already.</param>
internal sealed record HostileResponse(string Name, string Bytes, string? Passes = null)
{
    public const string Poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

    /// <summary>The request's method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Whether the origin ends the connection then.</summary>
    public bool OriginCloses { get; init; }

    /// <summary>A status line without its break.</summary>
    public static HostileResponse Line(string name, string line) => new(name, $"{line}\r\nContent-Length: 0\r\n\r\n{Poison}");

    /// <summary>Field lines, each with its break, and what follows them.</summary>
    public static HostileResponse Fields(string name, string fields, string body = Poison, int status = 200) => new(name, $"HTTP/1.1 {status} OK\r\n{fields}\r\n{body}");

    /// <summary>A chunked body.</summary>
    public static HostileResponse Of(BadChunks chunks) => new(chunks.Name, $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks.Bytes}{Poison}") { OriginCloses = true };
}
