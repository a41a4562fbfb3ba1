namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>
/// One exchange to the byte. The word ORIGIN stands for the origin's host:port; texts are Latin-1, so that every character is one byte.
/// </summary>
/// <param name="Name">What it is about.</param>
internal sealed record WireCase(string Name)
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>What the client sends to the proxy.</summary>
    public required string Request { get; init; }

    /// <summary>What the client sends through a tunnel instead; null where the case makes sense only without.</summary>
    public string? TunnelledRequest { get; init; }

    /// <summary>What the origin receives; null when it must not even be connected to.</summary>
    public required string? OriginReceives { get; init; }

    /// <summary>What the origin answers.</summary>
    public string Response { get; init; } = Ok;

    /// <summary>Whether the origin ends the connection after its answer.</summary>
    public bool OriginCloses { get; init; }

    /// <summary>What the client receives.</summary>
    public string ClientReceives { get; init; } = Ok;

    /// <summary>What becomes of the client's connection.</summary>
    public ClientEnd End { get; init; }

    public override string ToString() => Name;

    /// <summary>A request that reaches the origin as it is, but for the form of its target, which a proxy gets absolute. Field lines come with their breaks.</summary>
    public static WireCase RequestKept(
        string name, string fields = "", string body = "", string method = "GET", string target = "/", string version = "HTTP/1.1", string host = "Host: ORIGIN\r\n")
    {
        var rest = $"{version}\r\n{host}{fields}\r\n{body}";
        return new WireCase(name)
        {
            Request = $"{method} http://ORIGIN{target} {rest}",
            TunnelledRequest = $"{method} {target} {rest}",
            OriginReceives = $"{method} {target} {rest}",
            End = version == "HTTP/1.0" ? ClientEnd.Closed : ClientEnd.Kept,
        };
    }

    /// <summary>A response that reaches the client as it is.</summary>
    public static WireCase ResponseKept(string name, string response, string method = "GET", bool closed = false) => ResponseChanged(name, response, response, method) with
    {
        OriginCloses = closed,
        End = closed ? ClientEnd.Closed : ClientEnd.Kept,
    };

    /// <summary>A response that reaches the client as another.</summary>
    public static WireCase ResponseChanged(string name, string response, string clientReceives, string method = "GET") =>
        RequestKept(name, method: method) with { Response = response, ClientReceives = clientReceives };

    /// <summary>An answer of the proxy's own that says what is wrong; the word LENGTH stands for the length of its body.</summary>
    public static string Own(string statusLine, string type, string message, bool closes)
    {
        var quoted = message.Replace("\"", "\\\"", StringComparison.Ordinal);
        var connection = closes ? "Connection: close\r\n" : "";
        return $"HTTP/1.1 {statusLine}\r\nContent-Type: text/plain; charset=utf-8\r\nProxy-Status: scriptproxy; error={type}; details=\"{quoted}\"\r\n" +
            $"Content-Length: LENGTH\r\n{connection}\r\n{message}\n";
    }
}

/// <summary>What becomes of a client's connection after an exchange.</summary>
internal enum ClientEnd
{
    /// <summary>It serves the next request.</summary>
    Kept,

    /// <summary>It is ended properly.</summary>
    Closed,

    /// <summary>It is cut, so that what came cannot be taken for the whole.</summary>
    Cut,
}
