namespace ScriptProxy;

/// <summary>The request of a flow. Changes reach the origin, and nothing else does.</summary>
public abstract class HttpRequest : HttpMessage
{
    internal HttpRequest()
    {
    }

    /// <summary>The method, case-sensitive, as on the wire (RFC 9110 §9).</summary>
    /// <exception cref="ArgumentException">On writing: not a token.</exception>
    public abstract string Method { get; set; }

    /// <summary>"http" or "https". Writing changes how the upstream is dialled.</summary>
    /// <exception cref="ArgumentException">On writing: neither http nor https.</exception>
    public abstract string Scheme { get; set; }

    /// <summary>Where the request goes: a DNS name or an IP address without brackets. Writing also updates the Host header.</summary>
    /// <exception cref="ArgumentException">On writing: not a host.</exception>
    public abstract string Host { get; set; }

    /// <summary>Where the request goes, 1 to 65535. Writing also updates the Host header.</summary>
    /// <exception cref="ArgumentOutOfRangeException">On writing: not a port.</exception>
    public abstract int Port { get; set; }

    /// <summary>Path and query exactly as on the wire, percent-encoding kept; "*" for OPTIONS *.</summary>
    /// <exception cref="ArgumentException">On writing: empty, or holds white space or control characters.</exception>
    public abstract string Target { get; set; }

    /// <summary>The part of <see cref="Target"/> before the question mark.</summary>
    public string Path
    {
        get
        {
            var target = Target;
            var question = target.IndexOf('?', StringComparison.Ordinal);
            return question < 0 ? target : target[..question];
        }
    }

    /// <summary>The part of <see cref="Target"/> after the question mark, undecoded; empty when there is none.</summary>
    public string Query
    {
        get
        {
            var target = Target;
            var question = target.IndexOf('?', StringComparison.Ordinal);
            return question < 0 ? "" : target[(question + 1)..];
        }
    }

    /// <summary>The value of the first URL parameter of that name, decoded; empty when it has none, null when there is no such parameter.</summary>
    /// <param name="name">Decoded; compared with case.</param>
    public string? GetQuery(string name) => UrlPairs.Query.Find(Query, name);

    /// <summary>Writes a URL parameter in the place of all of that name, or behind the others; null removes them. The others stay as they are written.</summary>
    /// <param name="name">Decoded.</param>
    /// <param name="value">Not encoded yet.</param>
    public void SetQuery(string name, string? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var query = UrlPairs.Query.Set(Query, name, value);
        Target = query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>The value of the first cookie of that name; null when the client sent none.</summary>
    public string? GetCookie(string name) => Headers["Cookie"] is { } cookies ? UrlPairs.Cookies.Find(cookies, name) : null;

    /// <summary>Writes a cookie in the place of all of that name, or behind the others; null removes them, and the field with the last one.</summary>
    /// <exception cref="ArgumentException">The value holds CR, LF or NUL.</exception>
    public void SetCookie(string name, string? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var cookies = UrlPairs.Cookies.Set(string.Join("; ", Headers.GetAll("Cookie")), name, value);
        Headers["Cookie"] = cookies.Length == 0 ? null : cookies;
    }

    /// <summary>The absolute URL, default ports left out. Writing sets scheme, host, port and target, and with them the Host header.</summary>
    /// <exception cref="ArgumentException">On writing: not an absolute http or https URL.</exception>
    public abstract string Url { get; set; }
}
