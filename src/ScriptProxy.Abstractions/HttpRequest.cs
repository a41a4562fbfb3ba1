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

    /// <summary>The absolute URL, default ports left out. Writing sets scheme, host, port and target, and with them the Host header.</summary>
    /// <exception cref="ArgumentException">On writing: not an absolute http or https URL.</exception>
    public abstract string Url { get; set; }
}
