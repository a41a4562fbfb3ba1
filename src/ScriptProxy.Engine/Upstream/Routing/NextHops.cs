using System.Collections.Concurrent;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Proxies;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Makes the object for each upstream, once. Every kind of upstream is in <see cref="New"/>. Thread-safe.</summary>
internal sealed class NextHops(SocketDialler dialler, ProxyOptions options)
{
    private readonly ConcurrentDictionary<UpstreamPlan, NextHop> _hops = new();

    /// <summary>No proxy.</summary>
    public DirectHop Direct { get; } = new(dialler);

    /// <param name="plan">Which upstream; null for none.</param>
    /// <exception cref="UpstreamTrustException">A file with its roots cannot be used.</exception>
    public NextHop Of(UpstreamPlan? plan) => plan is null ? Direct : _hops.GetOrAdd(plan, New);

    private NextHop New(UpstreamPlan plan)
    {
        var trust = plan.Url.Kind == UpstreamKind.HttpsProxy ? new UpstreamTrust(plan.Ca, plan.Verify ? [] : ["*"], caOption: plan.Place + ".ca") : null;
        var address = new ProxyAddress(plan.Name, plan.Url, trust, dialler, options);
        return plan.Url.Kind switch
        {
            UpstreamKind.HttpProxy or UpstreamKind.HttpsProxy => new HttpProxyHop(address, dialler, options),
            _ => new Socks5Hop(address, dialler, options),
        };
    }
}
