using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

/// <summary>Origins that do the same, and proxies whose route to service.test is a cluster of them.</summary>
internal static class ClusterFixture
{
    public const string Host = "service.test";

    public static readonly TestOriginOptions Origin = new() { Hosts = [Host] };

    /// <summary>An origin that answers with its name.</summary>
    public static Task<TestOrigin> NamedAsync(string name) => TestOrigin.StartAsync(Origin, context => context.Response.WriteAsync(name));

    /// <summary>An address where nobody listens.</summary>
    public static string Nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    /// <summary>A proxy that sends requests for service.test to a cluster of plain HTTP endpoints.</summary>
    public static Task<TestProxy> StartAsync(IEnumerable<string> endpoints, Func<UpstreamOptions, UpstreamOptions>? change = null, params Addon[] addons) =>
        StartAsync(new ProxyOptions(), endpoints, change, addons);

    /// <summary>The same, with options of its own.</summary>
    public static Task<TestProxy> StartAsync(ProxyOptions options, IEnumerable<string> endpoints, Func<UpstreamOptions, UpstreamOptions>? change = null, params Addon[] addons)
    {
        var upstream = new UpstreamOptions { Endpoints = [.. endpoints.Select(endpoint => new EndpointOptions { Address = endpoint })] };
        return TestProxy.StartAsync(new TestProxyOptions
        {
            Addons = addons,
            Proxy = options with
            {
                Routes = [new() { Hosts = [Host], Via = "service" }],
                Upstreams = new Dictionary<string, UpstreamOptions> { ["service"] = change is null ? upstream : change(upstream) },
            },
        });
    }

    /// <summary>Where origins speak plain HTTP.</summary>
    public static IEnumerable<string> Http(params TestOrigin[] origins) => origins.Select(origin => origin.HttpEndPoint.ToString());
}
