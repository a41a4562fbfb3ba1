using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>What the options say about routes, read and checked, before anything is opened.</summary>
internal sealed class RoutePlan
{
    private readonly List<RulePlan> _rules = [];
    private readonly Dictionary<string, UpstreamPlan> _upstreams = new(StringComparer.Ordinal);

    private RoutePlan()
    {
    }

    /// <summary>The rules, in the order in which they are asked.</summary>
    public IReadOnlyList<RulePlan> Rules => _rules;

    /// <summary>The upstreams that have a name.</summary>
    public IReadOnlyDictionary<string, UpstreamPlan> Upstreams => _upstreams;

    /// <summary>Where everything goes that no rule is for; null for direct.</summary>
    public UpstreamPlan? Default { get; private set; }

    /// <summary>What <see cref="Default"/> is not for; null without a default.</summary>
    public NoProxyList? NoProxy { get; private set; }

    /// <param name="options">May be wrong.</param>
    /// <param name="problems">Gets a line for each thing that is, with its place and what to write instead.</param>
    public static RoutePlan Of(ProxyOptions options, ICollection<string> problems)
    {
        var plan = new RoutePlan();
        foreach (var (name, upstream) in options.Upstreams) plan.AddUpstream(name, upstream, problems);
        for (var i = 0; i < options.Routes.Length; i++) plan.AddRule(options.Routes[i], i, options, problems);
        plan.AddDefault(options, problems);
        return plan;
    }

    private void AddUpstream(string name, UpstreamOptions options, ICollection<string> problems)
    {
        var place = ((IPlacedOptions)options).Place ?? $"upstreams.{Printable.Escape(name)}";
        if (name == DirectHop.DirectName || name.Length == 0 || UpstreamUrl.IsUrl(name))
        {
            problems.Add($"{place}: \"{Printable.Escape(name)}\" cannot be the name of an upstream. Choose a word other than {DirectHop.DirectName}.");
            return;
        }

        if (string.IsNullOrEmpty(options.Url))
        {
            problems.Add($"{place}: 'url' is missing. Add url: http://HOST:PORT.");
            return;
        }

        if (UpstreamUrl.Parse(options.Url, out var problem) is not { } url)
        {
            problems.Add($"{place}.url: {problem}");
            return;
        }

        if (options.Ca.Length > 0 && url.Kind is not UpstreamKind.HttpsProxy and not UpstreamKind.Pac) problems.Add($"{place}.ca: only proxies with an https:// URL have a certificate. Remove it, or change the URL.");
        _upstreams[name] = new UpstreamPlan(place, name, url, options.Ca, options.Verify);
    }

    private void AddRule(RouteOptions options, int index, ProxyOptions all, ICollection<string> problems)
    {
        var place = ((IPlacedOptions)options).Place ?? $"routes[{index}]";
        var hosts = HostPatterns.Parse($"{place}.hosts", options.Hosts, problems);
        if (options.Hosts.Length == 0) problems.Add($"{place}.hosts: expected at least one destination, such as \"*.corp.example\".");
        if (TryFind($"{place}.via", options.Via, mayHoldCredentials: false, all, problems, out var upstream)) _rules.Add(new RulePlan($"routes[{index}]", hosts, upstream));
    }

    private void AddDefault(ProxyOptions options, ICollection<string> problems)
    {
        if (options.Upstream is null)
        {
            if (options.NoProxy.Length > 0) problems.Add("--no-proxy: says what does not go through --upstream, which is not given. Add --upstream, or leave it out; routes have \"via: direct\".");
            return;
        }

        if (!TryFind("--upstream", options.Upstream, mayHoldCredentials: true, options, problems, out var upstream) || upstream is null) return;
        Default = upstream;
        NoProxy = new NoProxyList(options.NoProxy);
    }

    private bool TryFind(string place, string via, bool mayHoldCredentials, ProxyOptions options, ICollection<string> problems, out UpstreamPlan? upstream)
    {
        upstream = null;
        if (via == DirectHop.DirectName || _upstreams.TryGetValue(via, out upstream)) return true;
        if (!UpstreamUrl.IsUrl(via))
        {
            // One that is there but wrong was told of already.
            if (!options.Upstreams.ContainsKey(via)) problems.Add($"{place} \"{Printable.Escape(via)}\": {Unknown(via, options)}");
            return false;
        }

        if (UpstreamUrl.Parse(via, out var problem) is not { } url)
        {
            problems.Add($"{place}: {problem}");
            return false;
        }

        if (url.User is not null && !mayHoldCredentials)
        {
            problems.Add($"{place}: a URL with a password belongs under upstreams, where it is kept out of what is printed. Give it a name there, and write the name here.");
            return false;
        }

        upstream = new UpstreamPlan(place, url.Shown, url, [], Verify: true);
        return true;
    }

    private static string Unknown(string via, ProxyOptions options)
    {
        var names = options.Upstreams.Keys.Append(DirectHop.DirectName).ToList();
        return Suggestion.For(via, names) is { } meant
            ? $"there is no such upstream; did you mean '{meant}'?"
            : $"there is no such upstream. Known: {string.Join(", ", names.Select(Printable.Escape))}; or write a URL.";
    }
}
