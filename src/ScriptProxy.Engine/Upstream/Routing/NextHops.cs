using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Pac;
using ScriptProxy.Engine.Upstream.Proxies;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Makes the object for each upstream, once. Every kind of upstream is in <see cref="New"/>. Thread-safe.</summary>
internal sealed class NextHops(RoutePlan plan, SocketDialler dialler, ProxyOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly ConcurrentDictionary<UpstreamPlan, NextHop> _hops = new();

    /// <summary>What makes clusters; null where there are none.</summary>
    public ClusterSet? Clusters { get; init; }

    /// <summary>No proxy.</summary>
    public DirectHop Direct { get; } = new(dialler);

    /// <param name="upstream">Which one; null for none.</param>
    /// <exception cref="UpstreamTrustException">A file with its roots cannot be used.</exception>
    public NextHop Of(UpstreamPlan? upstream) => upstream is null ? Direct : _hops.GetOrAdd(upstream with { Place = upstream.Ca.Length > 0 ? upstream.Place : "" }, New);

    /// <summary>What a PAC script names; where that is one of the upstreams by name, with its credentials and roots.</summary>
    /// <param name="script">The upstream that the script is.</param>
    /// <param name="url">What it names; null for direct.</param>
    public NextHop OfAnswer(string script, UpstreamUrl? url)
    {
        if (url is null) return Direct;
        var named = plan.Upstreams.Values.FirstOrDefault(one => one.Cluster is null && one.Url.Kind == url.Kind && one.Url.Host == url.Host && one.Url.Port == url.Port);
        return Of(named ?? new UpstreamPlan(script, url.Shown, url, [], Verify: true));
    }

    /// <summary>Loads PAC scripts that are files.</summary>
    /// <exception cref="ProxyStartException">One cannot work.</exception>
    public async Task PrepareAsync()
    {
        foreach (var upstream in plan.All)
        {
            try
            {
                if (Of(upstream) is PacHop script) await script.PrepareAsync();
            }
            catch (PacException exception)
            {
                throw new ProxyStartException($"{upstream.Place}: {upstream.Url.Shown}: {exception.Message}", exception);
            }
        }
    }

    public void Dispose()
    {
        foreach (var script in _hops.Values.OfType<PacHop>()) script.Dispose();
    }

    private NextHop New(UpstreamPlan upstream)
    {
        if (upstream.Cluster is { } cluster) return (Clusters ?? throw new InvalidOperationException("Nothing makes clusters here.")).Add(cluster);
        if (upstream.Url.Kind == UpstreamKind.Pac) return new PacHop(upstream, this, time, logger);
        var trust = upstream.Url.Kind == UpstreamKind.HttpsProxy ? new UpstreamTrust(upstream.Ca, upstream.Verify ? [] : ["*"], caOption: upstream.Place + ".ca") : null;
        var address = new ProxyAddress(upstream.Name, upstream.Url, trust, dialler, options);
        return upstream.Url.Kind switch
        {
            UpstreamKind.HttpProxy or UpstreamKind.HttpsProxy => new HttpProxyHop(address, dialler, options),
            _ => new Socks5Hop(address, dialler, options),
        };
    }
}
