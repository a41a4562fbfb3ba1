using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream.Clusters;

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

    /// <summary>Where requests that are not encrypted go when no rule is for them; null for direct.</summary>
    public UpstreamPlan? Default { get; private set; }

    /// <summary>Where TLS and tunnels go when no rule is for them; null for direct.</summary>
    public UpstreamPlan? DefaultTls { get; private set; }

    /// <summary>Whether the defaults are those of the environment.</summary>
    public bool IsOfSystem { get; private set; }

    /// <summary>What the defaults are not for; null without any.</summary>
    public NoProxyList? NoProxy { get; private set; }

    /// <summary>Every upstream that anything leads to, each once.</summary>
    public IEnumerable<UpstreamPlan> All => Upstreams.Values.Concat(Rules.Select(rule => rule.Upstream)).Append(Default).Append(DefaultTls).OfType<UpstreamPlan>().Distinct();

    /// <param name="options">May be wrong.</param>
    /// <param name="problems">Gets a line for each thing that is, with its place and what to write instead.</param>
    /// <param name="environment">The value of a variable, for --with-system-proxy; null for those of this process.</param>
    public static RoutePlan Of(ProxyOptions options, ICollection<string> problems, Func<string, string?>? environment = null)
    {
        var plan = new RoutePlan();
        foreach (var (name, upstream) in options.Upstreams) plan.AddUpstream(name, upstream, problems);
        for (var i = 0; i < options.Routes.Length; i++) plan.AddRule(options.Routes[i], i, options, problems);
        plan.AddDefault(options, environment ?? Environment.GetEnvironmentVariable, problems);
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

        if (ClusterPlan.Of(name, place, options, problems, out var cluster))
        {
            if (cluster is not null) _upstreams[name] = new UpstreamPlan(place, name, null, [], Verify: true) { Cluster = cluster };
            return;
        }

        if (string.IsNullOrEmpty(options.Url))
        {
            problems.Add($"{place}: 'url' is missing. Add url: http://HOST:PORT, or endpoints: [HOST:PORT, …].");
            return;
        }

        if (UpstreamUrl.Parse(options.Url, out var problem) is not { } url)
        {
            problems.Add($"{place}.url: {problem}");
            return;
        }

        if (options.Ca.Length > 0 && url.Kind != UpstreamKind.HttpsProxy) problems.Add($"{place}.ca: only proxies with an https:// URL have a certificate. Remove it, or change the URL.");
        _upstreams[name] = new UpstreamPlan(place, name, url, options.Ca, options.Verify) { Refresh = options.Refresh };
    }

    private void AddRule(RouteOptions options, int index, ProxyOptions all, ICollection<string> problems)
    {
        var place = ((IPlacedOptions)options).Place ?? $"routes[{index}]";
        var hosts = HostPatterns.Parse($"{place}.hosts", options.Hosts, problems);
        if (options.Hosts.Length == 0) problems.Add($"{place}.hosts: expected at least one destination, such as \"*.corp.example\".");
        if (TryFind($"{place}.via", options.Via, mayHoldCredentials: false, all, problems, out var upstream)) _rules.Add(new RulePlan($"routes[{index}]", hosts, upstream));
    }

    private void AddDefault(ProxyOptions options, Func<string, string?> environment, ICollection<string> problems)
    {
        if (options.WithSystemProxy)
        {
            AddSystem(options, environment, problems);
            return;
        }

        if (options.Upstream is null)
        {
            if (options.NoProxy.Length > 0) problems.Add("--no-proxy: says what does not go through --upstream, which is not given. Add --upstream, or leave it out; routes have \"via: direct\".");
            return;
        }

        if (!TryFind("--upstream", options.Upstream, mayHoldCredentials: true, options, problems, out var upstream) || upstream is null) return;
        Default = DefaultTls = upstream;
        NoProxy = new NoProxyList(options.NoProxy);
    }

    private void AddSystem(ProxyOptions options, Func<string, string?> environment, ICollection<string> problems)
    {
        if (options.Upstream is not null) problems.Add("--with-system-proxy: --upstream is given too. Leave one of them out.");
        var system = new SystemProxies(environment, problems);
        (Default, DefaultTls) = (system.Http, system.Https);
        IsOfSystem = true;
        if (Default is not null || DefaultTls is not null) NoProxy = new NoProxyList([system.NoProxy, .. options.NoProxy]);
    }

    /// <summary>The upstream that an addon names: one of ours, or a URL.</summary>
    /// <param name="via">What it said.</param>
    /// <param name="upstream">Null for direct.</param>
    /// <param name="problem">What is wrong with it, without credentials; null when nothing is.</param>
    public bool TryFind(string via, out UpstreamPlan? upstream, out string? problem)
    {
        problem = null;
        if (via == DirectHop.DirectName || _upstreams.TryGetValue(via, out upstream))
        {
            upstream = _upstreams.GetValueOrDefault(via);
            return true;
        }

        if (UpstreamUrl.IsUrl(via)) upstream = UpstreamUrl.Parse(via, out problem) is { } url ? new UpstreamPlan("addon", url.Shown, url, [], Verify: true) : null;
        else problem = $"there is no such upstream. Known: {string.Join(", ", _upstreams.Keys.Append(DirectHop.DirectName).Select(Printable.Escape))}; or a URL.";
        return upstream is not null;
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
