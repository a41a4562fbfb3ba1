using System.Text;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>An upstream as its URL names it. Holds credentials: <see cref="Shown"/> is for people.</summary>
/// <param name="Kind">What is spoken there.</param>
/// <param name="Host">In lower case, without brackets; empty for a script.</param>
/// <param name="Port">1 to 65535; 0 for a script.</param>
/// <param name="User">Percent-decoded; null for no credentials.</param>
/// <param name="Password">Percent-decoded; empty when only a user was given.</param>
/// <param name="Script">Where a PAC script is: a path or a URL; null for a proxy.</param>
internal sealed record UpstreamUrl(UpstreamKind Kind, string Host, int Port, string? User, string Password, string? Script)
{
    /// <summary>What a URL may begin with, for messages.</summary>
    public const string Schemes = "http://, https://, socks5://, socks5h://, pac+file:, pac+http: or pac+https:";

    /// <summary>The URL without credentials.</summary>
    public string Shown => Script is null ? $"{SchemeOf(Kind)}://{Authority.Format(Host, Port, 0)}" : $"PAC {Script}";

    /// <summary>"host:port".</summary>
    public string HostPort => Authority.Format(Host, Port, 0);

    /// <summary>Whether a text is meant as a URL rather than as a name.</summary>
    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal) || text.StartsWith("pac+", StringComparison.OrdinalIgnoreCase);

    /// <param name="text">What the user wrote.</param>
    /// <param name="problem">What is wrong and what to write instead, without showing credentials; null when nothing is.</param>
    public static UpstreamUrl? Parse(string text, out string? problem)
    {
        if (text.StartsWith("pac+", StringComparison.OrdinalIgnoreCase)) return ParseScript(text[4..], out problem);
        problem = null;
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0 || KindOf(text[..colon].ToLowerInvariant()) is not { } kind)
        {
            problem = $"expected a URL that begins with {Schemes}.";
            return null;
        }

        var rest = text[(colon + 3)..];
        var end = rest.AsSpan().IndexOfAny("/?#");
        if (end >= 0 && rest[end..] != "/") problem = "a proxy has no path or query. Leave out what follows the port; in a password, write %2F for /, %3F for ?, %23 for #.";
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        if (problem is null && authority.Contains('%', StringComparison.Ordinal) && authority.IndexOf('%', at + 1) >= 0)
            problem = "a zone identifier (%) cannot be used in the address of a proxy. Leave it out, or name the proxy by another address.";
        if (problem is not null) return null;
        if (!Authority.TryParse(authority[(at + 1)..], DefaultPort(kind), out var host, out var port))
        {
            problem = "expected a host name or an address with an optional port after the scheme, IPv6 in brackets, such as http://proxy.example:3128.";
            return null;
        }

        var (user, password) = Credentials(at < 0 ? null : authority[..at]);
        problem = CredentialsProblem(kind, user, password);
        return problem is null ? new UpstreamUrl(kind, host, port, user, password, null) : null;
    }

    /// <summary>Hides the password from whatever prints records.</summary>
    public override string ToString() => Shown;

    private static UpstreamUrl? ParseScript(string location, out string? problem)
    {
        problem = null;
        if (location.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            var path = location[5..];
            if (path.StartsWith("///", StringComparison.Ordinal)) path = path[2..];
            if (path.Length > 0) return new UpstreamUrl(UpstreamKind.Pac, "", 0, null, "", Uri.UnescapeDataString(path));
            problem = "expected the path of a PAC script after pac+file:, such as pac+file:/etc/proxy.pac.";
            return null;
        }

        if (Uri.TryCreate(location, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0)
            return new UpstreamUrl(UpstreamKind.Pac, "", 0, null, "", url.AbsoluteUri);
        problem = "expected where a PAC script is: pac+file:/etc/proxy.pac, pac+http://host/proxy.pac or pac+https://host/proxy.pac, without credentials.";
        return null;
    }

    private static (string? User, string Password) Credentials(string? userInfo)
    {
        if (userInfo is null) return (null, "");
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? (Uri.UnescapeDataString(userInfo), "")
            : (Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }

    private static string? CredentialsProblem(UpstreamKind kind, string? user, string password)
    {
        if (user is null) return null;
        if (user.Any(char.IsControl) || password.Any(char.IsControl)) return "user and password cannot hold control characters.";
        if (kind is UpstreamKind.HttpProxy or UpstreamKind.HttpsProxy)
            return user.Contains(':', StringComparison.Ordinal) ? "a user cannot hold a colon (RFC 7617 §2)." : null;
        if (user.Length == 0 || password.Length == 0 || Encoding.UTF8.GetByteCount(user) > 255 || Encoding.UTF8.GetByteCount(password) > 255)
            return "SOCKS5 needs a user and a password of 1 to 255 bytes each (RFC 1929 §2).";
        return null;
    }

    private static UpstreamKind? KindOf(string scheme) => scheme switch
    {
        "http" => UpstreamKind.HttpProxy,
        "https" => UpstreamKind.HttpsProxy,
        "socks5" => UpstreamKind.Socks5,
        "socks5h" => UpstreamKind.Socks5Remote,
        _ => null,
    };

    private static string SchemeOf(UpstreamKind kind) => kind switch
    {
        UpstreamKind.HttpProxy => "http",
        UpstreamKind.HttpsProxy => "https",
        UpstreamKind.Socks5 => "socks5",
        _ => "socks5h",
    };

    private static int DefaultPort(UpstreamKind kind) => kind switch
    {
        UpstreamKind.HttpProxy => 80,
        UpstreamKind.HttpsProxy => 443,
        _ => 1080,
    };
}
