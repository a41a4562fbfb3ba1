using System.Collections.Concurrent;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Upstream.Pac;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Chooses the route to a destination: the first rule that is for it, else the default, else direct. Thread-safe.</summary>
internal sealed class RouteTable
{
    private const int MostOfAddons = 1000;

    private readonly Rule[] _rules;
    private readonly Route _direct;
    private readonly Route _default;
    private readonly Route _defaultTls;
    private readonly Route _exempt;
    private readonly NoProxyList? _noProxy;
    private readonly RoutePlan _plan;
    private readonly NextHops _hops;
    private readonly ConcurrentDictionary<string, Route> _ofAddons = new(StringComparer.Ordinal);

    /// <exception cref="Certificates.UpstreamTrustException">A file with an upstream's roots cannot be used.</exception>
    public RouteTable(RoutePlan plan, NextHops hops)
    {
        _plan = plan;
        _hops = hops;
        _direct = new Route(hops.Direct, null);
        _rules = [.. plan.Rules.Select(rule => new Rule(rule.Hosts, new Route(hops.Of(rule.Upstream), rule.Reason)))];
        _default = DefaultOf(plan.Default);
        _defaultTls = ReferenceEquals(plan.DefaultTls, plan.Default) ? _default : DefaultOf(plan.DefaultTls);
        _exempt = plan.NoProxy is null ? _direct : new Route(hops.Direct, plan.IsOfSystem ? "NO_PROXY" : "--no-proxy");
        _noProxy = plan.NoProxy;

        // Files that cannot be read are to be told of now, not when an addon first asks.
        foreach (var upstream in plan.Upstreams.Values) hops.Of(upstream);
    }

    /// <summary>The route to a destination. Where no routes are configured this neither allocates nor waits.</summary>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether what passes is TLS, or unknown.</param>
    /// <exception cref="FlowException">What was configured cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(string host, int port, bool isTls)
    {
        if (_rules.Length == 0 && _noProxy is null) return new(_direct);
        return FollowAsync(Find(host, port, isTls), host, port, isTls);
    }

    /// <summary>The route that an addon chose.</summary>
    /// <param name="via">The name of an upstream, "direct", or a URL.</param>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether what passes is TLS, or unknown.</param>
    /// <exception cref="FlowException">There is no such upstream, or it cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(string via, string host, int port, bool isTls)
    {
        if (!_ofAddons.TryGetValue(via, out var route))
        {
            if (!_plan.TryFind(via, out var upstream, out var problem)) throw new FlowException(FlowErrors.UnknownUpstream(problem!));
            route = new Route(_hops.Of(upstream), "addon");

            // What addons make up is not kept without end.
            if (_ofAddons.Count < MostOfAddons) route = _ofAddons.GetOrAdd(via, route);
        }

        return FollowAsync(route, host, port, isTls);
    }

    private static ValueTask<Route> FollowAsync(Route route, string host, int port, bool isTls) =>
        route.Hop is PacHop script ? script.ChooseAsync(route, host, port, isTls) : new(route);

    private Route DefaultOf(UpstreamPlan? plan) => plan is null ? _direct : new Route(_hops.Of(plan), _plan.IsOfSystem ? plan.Place : "--upstream");

    private Route Find(string host, int port, bool isTls)
    {
        foreach (var rule in _rules)
        {
            if (rule.Hosts.Contains(host, port)) return rule.Route;
        }

        if (_noProxy?.Contains(host, port) == true) return _exempt;
        return isTls ? _defaultTls : _default;
    }

    private readonly record struct Rule(HostPatterns Hosts, Route Route);
}
