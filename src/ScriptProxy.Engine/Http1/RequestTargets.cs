using System.Text;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// Turns a request's target and Host into where it goes and what is written upstream (RFC 9112 §3.2, §3.3). Remembers the last authority of
/// the connection, which the next request usually names again.
/// </summary>
/// <param name="fixedDestination">Where every request goes; null where each request names its destination.</param>
internal sealed class RequestTargets(Destination? fixedDestination)
{
    private byte[] _lastAuthority = [];
    private Destination? _last;

    /// <param name="head">Its Host is made to agree with an absolute target.</param>
    /// <param name="line">The request line as received.</param>
    /// <param name="outgoing">The request line as it goes out.</param>
    /// <param name="destination">Where to; null when the request is for the proxy itself.</param>
    /// <returns>Why the request is refused; null when it is not.</returns>
    public RequestHeadError? Resolve(HeaderBlock head, in ParsedRequestLine line, out RequestLine outgoing, out Destination? destination)
    {
        destination = fixedDestination;
        outgoing = new RequestLine(line.Method, line.Target, isOriginForm: true, line.Version);
        if (CheckHost(head, isRequired: line.Version.Minor != 0) is { } refusal) return refusal;
        if (line.Form == TargetForm.Absolute && ResolveAbsolute(head, line, ref outgoing, ref destination) is { } problem) return problem;
        fixedDestination?.Reverse?.Rewrite(head, ref outgoing);
        if (fixedDestination is { IsNamedByHost: true }) destination = NamedByHost(head, fixedDestination);
        return null;
    }

    /// <summary>Where the request goes stays the same; what it is called is what Host says, its port left out.</summary>
    private Destination NamedByHost(HeaderBlock head, Destination unnamed)
    {
        var index = head.Find(KnownHeader.Host);
        if (index < 0) return unnamed;
        var authority = head.ValueBytes(index);
        if (_last is not null && authority.SequenceEqual(_lastAuthority)) return _last;
        if (!Authority.TryParse(authority, 80, out var host, out _)) return unnamed;
        _lastAuthority = authority.ToArray();
        return _last = unnamed with { Host = host, TlsName = host };
    }

    /// <summary>Whether Host stands once and is a host name (RFC 9112 §3.2).</summary>
    /// <returns>Why the request is refused; null when it is not.</returns>
    public static RequestHeadError? CheckHost(HeaderBlock head, bool isRequired)
    {
        var index = head.Find(KnownHeader.Host);
        if (index < 0) return isRequired ? Bad("no Host") : null;
        if (head.Find(KnownHeader.Host, index + 1) >= 0) return Bad("two Hosts");
        var host = head.ValueBytes(index);
        return host.IsEmpty || Authority.TryParse(host, 80, out _, out _) ? null : Bad("a Host that is not a host name");
    }

    private RequestHeadError? ResolveAbsolute(HeaderBlock head, in ParsedRequestLine line, ref RequestLine outgoing, ref Destination? destination)
    {
        var authority = head.StartLine[line.Authority];
        if (FindDestination(authority, line.IsTls) is not { } named) return Bad("a URL whose host is not a host name");
        if (fixedDestination is { Reverse: null, IsNamedByHost: false } && (named.Host != fixedDestination.TlsName || named.Port != fixedDestination.Port))
            return new RequestHeadError(421, "The request names another host than its tunnel.");

        destination ??= named;
        outgoing = OriginForm(head, line);

        // RFC 9112 §3.2.2: what the URL says replaces what Host says.
        var host = head.Find(KnownHeader.Host);
        if (host < 0 || !Ascii.EqualsIgnoreCase(head.ValueBytes(host), authority)) head.SetKnown(KnownHeader.Host, "Host", Encoding.Latin1.GetString(authority));
        return null;
    }

    private static RequestLine OriginForm(HeaderBlock head, in ParsedRequestLine line)
    {
        var path = head.StartLine[line.Path];
        if (!path.IsEmpty && path[0] == '/') return new RequestLine(line.Method, line.Path, isOriginForm: false, line.Version);

        // RFC 9112 §3.2.4: OPTIONS for a URL without path is for the whole server.
        var isOptions = head.StartLine[line.Method].SequenceEqual("OPTIONS"u8);
        var target = path.IsEmpty && isOptions ? "*" : "/" + Encoding.Latin1.GetString(path);
        return new RequestLine(line.Method, line.Path, isOriginForm: false, line.Version) { TargetText = target };
    }

    private Destination? FindDestination(ReadOnlySpan<byte> authority, bool isTls)
    {
        if (_last is not null && _last.IsTls == isTls && authority.SequenceEqual(_lastAuthority)) return _last;
        if (!Authority.TryParse(authority, isTls ? 443 : 80, out var host, out var port)) return null;
        _lastAuthority = authority.ToArray();
        return _last = isTls ? Destination.Tls(host, port) : Destination.Plain(host, port);
    }

    private static RequestHeadError Bad(string problem) => new(400, $"The request has {problem}.");
}
