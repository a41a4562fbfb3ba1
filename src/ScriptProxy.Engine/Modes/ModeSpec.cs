using System.Diagnostics.CodeAnalysis;

namespace ScriptProxy.Engine.Modes;

/// <summary>What "--mode" names before its address: how clients reach the proxy.</summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="Url">The server to stand in front of; null for other modes than reverse.</param>
internal sealed record ModeSpec(string Name, string? Url = null)
{
    public const string Regular = "regular";
    public const string Socks5 = "socks5";
    public const string Reverse = "reverse";
    public const string Transparent = "transparent";

    /// <summary>Every mode there is.</summary>
    public static readonly IReadOnlyList<string> Names = [Regular, Socks5, Reverse, Transparent];

    /// <summary>Whether it is reverse, and nothing that its clients send is looked at.</summary>
    public bool IsRelayed => Url is not null && ReverseTarget.TryParse(Url, keepHost: false, out var target, out _) && target.IsRelayed;

    /// <summary>Whether the options that say who is relayed unread can apply to its clients: not where everything is, or the server would not understand it.</summary>
    public bool HasChoice => Url is null || Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether its clients can be asked for a user and a password.</summary>
    public bool AsksForUsers => Name is Regular or Socks5;

    /// <summary>The same for addons.</summary>
    public ProxyMode Mode => Name switch
    {
        Socks5 => ProxyMode.Socks5,
        Reverse => ProxyMode.Reverse,
        Transparent => ProxyMode.Transparent,
        _ => ProxyMode.Regular,
    };

    /// <summary>The port that clients of this mode expect, where neither --mode nor --listen says another.</summary>
    public int DefaultPort => Name is Socks5 ? 1080 : 8080;

    /// <summary>Reads "regular", "socks5", "transparent" or "reverse:https://example.com".</summary>
    /// <param name="text">As a user writes it.</param>
    /// <param name="spec">What it says.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ModeSpec? spec, [NotNullWhen(false)] out string? problem)
    {
        spec = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        if (!Names.Contains(name))
        {
            problem = Suggestion.For(name, Names) is { } meant ? $"not a mode; did you mean {meant}?" : $"not a mode. Known: {string.Join(", ", Names)}.";
            return false;
        }

        if (name == Reverse)
        {
            var url = colon < 0 ? "" : text[(colon + 1)..];
            if (!ReverseTarget.TryParse(url, keepHost: false, out _, out problem)) return false;
            spec = new ModeSpec(name, url);
            return true;
        }

        if (name == Transparent && !OperatingSystem.IsLinux())
        {
            problem = "only Linux can lead connections here. Use regular, and tell clients of the proxy.";
            return false;
        }

        if (colon >= 0)
        {
            problem = $"{name} takes nothing after a colon. An address follows an @: {name}@127.0.0.1:8080.";
            return false;
        }

        problem = null;
        spec = new ModeSpec(name);
        return true;
    }

    public override string ToString() => Url is null ? Name : $"{Name}:{Url}";
}
