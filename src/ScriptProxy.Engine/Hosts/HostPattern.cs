using System.Text.RegularExpressions;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Hosts;

/// <summary>
/// Which hosts, in the one notation of all options that name hosts: <c>example.com</c>, <c>*.example.com</c> (below it), <c>.example.com</c>
/// (it and below), <c>api-*.example.com</c>, <c>10.0.0.0/8</c>, <c>/regex/</c>, <c>*</c>; each may be followed by <c>:PORT</c> or
/// <c>:FIRST-LAST</c>. Many are asked at once as <see cref="HostPatterns"/>.
/// </summary>
internal sealed record HostPattern
{
    private HostPattern(string text, HostPatternKind kind, PortRange ports)
    {
        Text = text;
        Kind = kind;
        Ports = ports;
    }

    /// <summary>As the user wrote it.</summary>
    public string Text { get; }

    public HostPatternKind Kind { get; }

    public PortRange Ports { get; }

    /// <summary>The name of <see cref="HostPatternKind.Name"/>, <see cref="HostPatternKind.Below"/>, <see cref="HostPatternKind.Domain"/>, or the whole glob; in lower case.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The addresses of <see cref="HostPatternKind.Network"/>.</summary>
    public AddressRange Range { get; private init; }

    /// <summary>The expression of <see cref="HostPatternKind.Regex"/>; null for all others.</summary>
    public Regex? Regex { get; private init; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="pattern">The pattern; null when there is a problem.</param>
    /// <param name="problem">What is wrong and what to write, to follow the quoted pattern and a colon; empty when nothing is.</param>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HostPattern? pattern, out string problem)
    {
        pattern = null;
        problem = Split(text, out var host, out var ports);
        if (problem.Length > 0) return false;

        pattern = host switch
        {
            "*" => new HostPattern(text, HostPatternKind.Any, ports),
            ['/', ..] => OfRegex(text, host[1..^1], ports, out problem),
            ['*', '.', .. var name] when !name.Contains('*', StringComparison.Ordinal) => OfName(text, HostPatternKind.Below, name, ports, out problem),
            ['.', .. var name] when !name.Contains('*', StringComparison.Ordinal) => OfName(text, HostPatternKind.Domain, name, ports, out problem),
            _ when host.Contains('*', StringComparison.Ordinal) => OfGlob(text, host, ports, out problem),
            _ => OfNameOrAddress(text, host, ports, out problem),
        };
        return pattern is not null;
    }

    public override string ToString() => Text;

    private static string Split(string text, out string host, out PortRange ports)
    {
        host = text;
        ports = PortRange.All;
        if (text.Length == 0) return "it is empty. Write a host such as example.com or *.example.com.";
        if (text.Contains("://", StringComparison.Ordinal) && text[0] != '/') return "it is a URL. Write its host alone, with :PORT if one is meant.";

        var end = HostEnd(text);
        if (end < 0) return text[0] == '/' ? "the regular expression does not end with a slash. Write /expression/." : "a bracket is missing. Write [ADDRESS] or [ADDRESS]:PORT.";
        host = text[0] == '[' ? text[..end].Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal) : text[..end];
        if (end == text.Length) return "";
        if (host.Length == 0) return $"there is no host before the port. Write *{Printable.Escape(text)} for every host.";
        return text[end] == ':' && PortRange.TryParse(text.AsSpan(end + 1), out ports)
            ? ""
            : $"\"{Printable.Escape(text[end..])}\" is not a port. Write :443, or :8000-8999 for several.";
    }

    /// <summary>Where the port begins, or the end; -1 when the host does not end.</summary>
    private static int HostEnd(string text)
    {
        if (text[0] == '/') return text.LastIndexOf('/') is > 0 and var slash ? slash + 1 : -1;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (text[0] != '[') return colon < 0 || colon != text.LastIndexOf(':') ? text.Length : colon;

        // [::1]:443, [fd00::/8]:443, [fd00::]/8:443
        var bracket = text.IndexOf(']', StringComparison.Ordinal);
        if (bracket < 0) return -1;
        var port = text.IndexOf(':', bracket);
        return port < 0 ? text.Length : port;
    }

    private static HostPattern? OfNameOrAddress(string text, string host, PortRange ports, out string problem)
    {
        if (host.Contains('/', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal) || AddressBits.TryParse(host, out _))
            return AddressRange.TryParse(host, out var range, out problem) ? new HostPattern(text, HostPatternKind.Network, ports) { Range = range } : null;
        return OfName(text, HostPatternKind.Name, host, ports, out problem);
    }

    private static HostPattern? OfName(string text, HostPatternKind kind, string name, PortRange ports, out string problem) =>
        HostPatternName.TryNormalise(name, out var normal, out problem) ? new HostPattern(text, kind, ports) { Name = normal } : null;

    private static HostPattern? OfGlob(string text, string glob, PortRange ports, out string problem) =>
        HostPatternName.TryNormalise(glob, out var normal, out problem) ? new HostPattern(text, HostPatternKind.Glob, ports) { Name = normal } : null;

    private static HostPattern? OfRegex(string text, string expression, PortRange ports, out string problem)
    {
        problem = "";
        try
        {
            // Hosts come over the network: no expression may take more than linear time.
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
            return new HostPattern(text, HostPatternKind.Regex, ports) { Regex = new Regex(expression, options, TimeSpan.FromSeconds(1)) };
        }
        catch (NotSupportedException)
        {
            problem = "the regular expression looks around or back, which takes unbounded time. Write one without (?=…), (?!…), (?<=…), \\1 and the like.";
        }
        catch (ArgumentException exception)
        {
            problem = $"not a regular expression of .NET: {Printable.Escape(exception.Message)}";
        }

        return null;
    }
}
