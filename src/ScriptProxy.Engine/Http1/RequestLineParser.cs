using System.Net;

namespace ScriptProxy.Engine.Http1;

/// <summary>How a request names its target (RFC 9112 §3.2).</summary>
internal enum TargetForm
{
    /// <summary>A path.</summary>
    Origin,

    /// <summary>A URL, as a proxy gets it.</summary>
    Absolute,

    /// <summary>host:port, for CONNECT.</summary>
    Authority,

    /// <summary>*, for OPTIONS.</summary>
    Asterisk,
}

/// <summary>A request line taken apart; ranges are within the start line.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The target as received.</param>
/// <param name="Path">Path and query within it; empty where the target has none.</param>
/// <param name="Authority">The authority within it; empty where the target has none.</param>
/// <param name="IsTls">Whether an absolute target says https.</param>
/// <param name="Form">Its form.</param>
/// <param name="Version">1.0 or 1.1.</param>
internal readonly record struct ParsedRequestLine(Range Method, Range Target, Range Path, Range Authority, bool IsTls, TargetForm Form, Version Version);

/// <summary>Takes a request line apart, strictly: single spaces, a token, a target without control characters, HTTP/1.x.</summary>
internal static class RequestLineParser
{
    /// <returns>Why it is refused; null when it was parsed.</returns>
    public static RequestHeadError? Parse(ReadOnlySpan<byte> line, out ParsedRequestLine parsed)
    {
        parsed = default;
        var firstSpace = line.IndexOf((byte)' ');
        var lastSpace = line.LastIndexOf((byte)' ');
        if (firstSpace <= 0 || lastSpace == firstSpace) return Bad("a request line that is not \"METHOD target HTTP/1.1\"");
        if (line[..firstSpace].ContainsAnyExcept(HeaderSyntax.TokenBytes)) return Bad("a method that is not a token");

        var version = line[(lastSpace + 1)..];
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8) || version[6] != '.' || !IsDigit(version[5]) || !IsDigit(version[7]))
            return Bad("a request line that does not end with the HTTP version");
        if (version[5] != '1') return new RequestHeadError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");

        var target = line[(firstSpace + 1)..lastSpace];
        if (target.IsEmpty || target.ContainsAnyInRange((byte)0, (byte)' ') || target.Contains((byte)0x7F)) return Bad("a target with white space or control characters");

        var range = (firstSpace + 1)..lastSpace;
        var protocol = version[7] == '0' ? HttpVersion.Version10 : HttpVersion.Version11;
        parsed = new ParsedRequestLine(..firstSpace, range, range, default, false, TargetForm.Origin, protocol);
        if (line[..firstSpace].SequenceEqual("CONNECT"u8))
        {
            parsed = parsed with { Form = TargetForm.Authority, Authority = range };
            return null;
        }

        if (target[0] == '/') return null;
        if (target.SequenceEqual("*"u8))
        {
            if (!line[..firstSpace].SequenceEqual("OPTIONS"u8)) return Bad("the target \"*\", which is for OPTIONS only");
            parsed = parsed with { Form = TargetForm.Asterisk };
            return null;
        }

        return ParseAbsolute(target, firstSpace + 1, ref parsed);
    }

    private static RequestHeadError? ParseAbsolute(ReadOnlySpan<byte> target, int start, ref ParsedRequestLine parsed)
    {
        int schemeLength;
        if (StartsWithIgnoreCase(target, "http://"u8)) schemeLength = 7;
        else if (StartsWithIgnoreCase(target, "https://"u8)) schemeLength = 8;
        else return Bad("a target that is neither a path nor an http or https URL");

        var rest = target[schemeLength..];
        var authorityLength = rest.IndexOfAny("/?#"u8);
        if (authorityLength < 0) authorityLength = rest.Length;
        if (authorityLength == 0) return Bad("a URL without host");
        var authorityStart = start + schemeLength;
        parsed = parsed with
        {
            Form = TargetForm.Absolute,
            IsTls = schemeLength == 8,
            Authority = authorityStart..(authorityStart + authorityLength),
            Path = (authorityStart + authorityLength)..(start + target.Length),
        };
        return null;
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static RequestHeadError Bad(string problem) => new(400, $"The request has {problem}.");
}
