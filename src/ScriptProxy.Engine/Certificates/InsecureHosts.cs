namespace ScriptProxy.Engine.Certificates;

/// <summary>The hosts of --insecure-upstream: names, "*.example" for every name below example but not itself, "*" for all.</summary>
internal sealed class InsecureHosts
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _suffixes = [];
    private readonly bool _all;

    public InsecureHosts(string[] patterns)
    {
        foreach (var pattern in patterns)
        {
            if (pattern == "*") _all = true;
            else if (pattern.StartsWith("*.", StringComparison.Ordinal)) _suffixes.Add("." + HostName.Parse(pattern[2..]).Text);
            else _names.Add(HostName.Parse(pattern.Trim('[', ']')).Text);
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
}
