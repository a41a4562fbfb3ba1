namespace ScriptProxy.Engine.Certificates;

/// <summary>The hosts of --insecure-upstream: names, "*.example" for every name below example but not itself, "*" for all.</summary>
internal sealed class InsecureHosts
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _suffixes = [];
    private readonly bool _all;

    /// <exception cref="UpstreamTrustException">A pattern names no host.</exception>
    public InsecureHosts(string[] patterns)
    {
        foreach (var pattern in patterns)
        {
            if (pattern == "*") _all = true;
            else if (pattern.StartsWith("*.", StringComparison.Ordinal)) _suffixes.Add("." + Parse(pattern, pattern[2..]));
            else _names.Add(Parse(pattern, pattern.Trim('[', ']')));
        }
    }

    /// <param name="host">A normalised host.</param>
    public bool Contains(string host)
    {
        if (_all || _names.Contains(host)) return true;
        foreach (var suffix in _suffixes)
        {
            if (host.EndsWith(suffix, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static string Parse(string pattern, string host) => HostName.TryParse(host, out var name, out var problem)
        ? name.Text
        : throw new UpstreamTrustException($"--insecure-upstream \"{CertificateProblem.Shown(pattern)}\": not a host name: {problem} Name a host such as dev.example or *.dev.example.");
}
