using System.Text.Json;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>
/// The proxies that the environment names, for --with-system-proxy: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, in lower case first, and what proves
/// the proxy's own certificate: HTTPS_PROXY_CA and HTTPS_PROXY_REJECT_UNAUTHORIZED.
/// </summary>
internal sealed class SystemProxies
{
    private readonly Func<string, string?> _environment;
    private readonly ICollection<string> _problems;
    private readonly string[] _ca;
    private readonly bool _verify;

    /// <param name="environment">The value of a variable; null or empty when not set.</param>
    /// <param name="problems">Gets a line for each variable that cannot be used.</param>
    public SystemProxies(Func<string, string?> environment, ICollection<string> problems)
    {
        _environment = environment;
        _problems = problems;
        _ca = ReadCa(Find("HTTPS_PROXY_CA").Value);
        _verify = Find("HTTPS_PROXY_REJECT_UNAUTHORIZED").Value is not { } verify || !verify.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

        // In a CGI program HTTP_PROXY is the client's header Proxy, so that only the lower case is believed there (https://httpoxy.org).
        var isCgi = !string.IsNullOrEmpty(environment("REQUEST_METHOD"));
        Http = Read("HTTP_PROXY", onlyLowerCase: isCgi) ?? Read("ALL_PROXY");
        Https = Read("HTTPS_PROXY") ?? Read("ALL_PROXY");
        NoProxy = Find("NO_PROXY").Value ?? "";
    }

    /// <summary>For requests that are not encrypted, with the variable that says so; null for direct.</summary>
    public UpstreamPlan? Http { get; }

    /// <summary>For TLS and tunnels; null for direct.</summary>
    public UpstreamPlan? Https { get; }

    /// <summary>What neither is for.</summary>
    public string NoProxy { get; }

    private UpstreamPlan? Read(string name, bool onlyLowerCase = false)
    {
        var (variable, value) = Find(name, onlyLowerCase);
        if (value is null) return null;
        var text = value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value;
        if (text.StartsWith("socks://", StringComparison.OrdinalIgnoreCase)) text = "socks5h" + text[5..];
        if (UpstreamUrl.Parse(text, out var problem) is { Script: null } url) return new UpstreamPlan(variable, url.Shown, url, url.Kind == UpstreamKind.HttpsProxy ? _ca : [], _verify);
        _problems.Add($"{variable}: {problem}");
        return null;
    }

    private (string Variable, string? Value) Find(string name, bool onlyLowerCase = false)
    {
        var lower = name.ToLowerInvariant();
        if (_environment(lower) is { Length: > 0 } value) return (lower, value);
        return (name, !onlyLowerCase && _environment(name) is { Length: > 0 } upper ? upper : null);
    }

    /// <summary>A JSON list of paths and PEM blocks, or one of either.</summary>
    private string[] ReadCa(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return [];
        if (!text.TrimStart().StartsWith('[')) return [text.Trim()];
        try
        {
            return JsonSerializer.Deserialize<string[]>(text) ?? [];
        }
        catch (JsonException exception)
        {
            _problems.Add($"HTTPS_PROXY_CA: not a JSON list of files or PEM blocks ({Printable.Escape(exception.Message)}). Write '[\"/path/to/ca.pem\"]', or one path.");
            return [];
        }
    }
}
