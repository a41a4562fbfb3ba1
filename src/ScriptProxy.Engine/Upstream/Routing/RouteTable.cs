using ScriptProxy.Engine.Hosts;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Chooses the route to a destination: the first rule that is for it, else the default, else direct. Thread-safe.</summary>
internal sealed class RouteTable
{
    private readonly Rule[] _rules;
    private readonly Route _direct;
    private readonly Route _default;
    private readonly Route _exempt;
    private readonly NoProxyList? _noProxy;

    /// <exception cref="Certificates.UpstreamTrustException">A file with an upstream's roots cannot be used.</exception>
    public RouteTable(RoutePlan plan, NextHops hops)
    {
        _direct = new Route(hops.Direct, null);
        _rules = [.. plan.Rules.Select(rule => new Rule(rule.Hosts, new Route(hops.Of(rule.Upstream), rule.Reason)))];
        _default = plan.Default is null ? _direct : new Route(hops.Of(plan.Default), "--upstream");
        _exempt = plan.Default is null ? _direct : new Route(hops.Direct, "--no-proxy");
        _noProxy = plan.NoProxy;

        // Files that cannot be read are to be told of now, not when an addon first asks.
        foreach (var upstream in plan.Upstreams.Values) hops.Of(upstream);
    }

    /// <summary>The route to a destination. Where no routes are configured this neither allocates nor waits.</summary>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether what passes is TLS, or unknown.</param>
    /// <exception cref="Flows.FlowException">What was configured cannot be followed.</exception>
    public ValueTask<Route> ChooseAsync(string host, int port, bool isTls)
    {
        if (_rules.Length == 0 && _noProxy is null) return new(_default);
        foreach (var rule in _rules)
        {
            if (rule.Hosts.Contains(host, port)) return new(rule.Route);
        }

        return new(_noProxy?.Contains(host, port) == true ? _exempt : _default);
    }

    private readonly record struct Rule(HostPatterns Hosts, Route Route);
}
