using System.Diagnostics.CodeAnalysis;
using System.Text;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Modes;

/// <summary>The server that a reverse proxy stands for. Immutable.</summary>
/// <param name="destination">Where its requests go.</param>
/// <param name="prefix">What their paths are put behind: empty, or a path that begins with a slash and does not end with one.</param>
/// <param name="keepHost">Whether Host stays what the client sent, instead of naming the server.</param>
internal sealed class ReverseTarget(Destination destination, string prefix, bool keepHost)
{
    private const string Relayed = "tcp";

    private readonly string _authority = destination.Authority;

    /// <summary>Reads what follows "reverse:".</summary>
    /// <param name="text">A URL.</param>
    /// <param name="keepHost">Whether Host stays what the client sent.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    /// <param name="target">What it says.</param>
    /// <returns>Whether it is the URL of a server.</returns>
    public static bool TryParse(string text, bool keepHost, [NotNullWhen(true)] out ReverseTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        const string Example = "Name the server's URL: reverse:https://example.com, reverse:http://127.0.0.1:3000/app or reverse:tcp://127.0.0.1:5432.";
        problem = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || !text.Contains("://", StringComparison.Ordinal)) problem = $"expected a URL after reverse:. {Example}";
        else if (url.Scheme is not ("http" or "https" or Relayed)) problem = $"{url.Scheme} is not spoken by this mode; http, https and tcp are. {Example}";
        else if (url.UserInfo.Length > 0) problem = "a user and a password do not belong into it. Let an addon set Authorization.";
        else if (url.Query.Length > 0 || url.Fragment.Length > 0) problem = $"it ends with its path: what follows ? or # has no meaning. {Example}";
        else if (!Authority.IsHost(url.IdnHost.Trim('[', ']').ToLowerInvariant()) || url.Port == 0) problem = $"its host is none. {Example}";
        else if (url is { Scheme: Relayed, Port: < 0 }) problem = $"tcp has no usual port. {Example}";
        else if (url.Scheme == Relayed && url.AbsolutePath.Trim('/').Length > 0) problem = $"what is relayed has no paths. {Example}";
        if (problem is not null) return false;

        var host = url!.IdnHost.Trim('[', ']').ToLowerInvariant();
        var destination = url.Scheme == "https" ? Destination.Tls(host, url.Port) : Destination.Plain(host, url.Port);
        target = new ReverseTarget(destination, url.AbsolutePath.TrimEnd('/'), keepHost) { IsRelayed = url.Scheme == Relayed };
        return true;
    }

    /// <summary>Where its requests go.</summary>
    public Destination Destination => destination;

    /// <summary>Whether its bytes are relayed unread, whatever they are.</summary>
    public bool IsRelayed { get; private init; }

    /// <summary>Makes a request to us one to the server: its Host, and its path behind the server's.</summary>
    public void Rewrite(HeaderBlock head, ref RequestLine line)
    {
        if (!keepHost) head.SetKnown(KnownHeader.Host, "Host", _authority);
        if (prefix.Length == 0) return;
        var target = line.TargetText ?? Encoding.Latin1.GetString(line.TargetBytes(head));
        if (target != "*") line = line with { TargetText = target is "/" ? prefix + "/" : prefix + target };
    }
}
