using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream.Dialling;

namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>Finds upstreams that are this proxy itself, once it is known where it listens. What DNS says later is found when it is dialled.</summary>
internal sealed class CircularRoutes(RoutePlan plan, HostMap hosts, OwnAddresses ownAddresses)
{
    private static readonly TimeSpan DnsTimeout = TimeSpan.FromSeconds(2);

    /// <exception cref="ProxyStartException">One is.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var upstream in plan.All)
        {
            if (upstream.ProxyUrl is { Script: null } url && await IsOwnAsync(url, cancellationToken))
                throw new ProxyStartException($"{upstream.Place}: {Printable.Escape(url.Shown)} is this proxy itself, so that requests would go round in circles. Name another proxy, or listen on another port.");
        }
    }

    private async Task<bool> IsOwnAsync(UpstreamUrl url, CancellationToken cancellationToken)
    {
        if (hosts.Find(url.Host, url.Port) is { } mapped) return mapped.All(address => ownAddresses.Contains(address.Address, address.Port));
        if (!ownAddresses.HasPort(url.Port)) return false;
        if (IPAddress.TryParse(url.Host, out var literal)) return ownAddresses.Contains(literal, url.Port);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(DnsTimeout);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(url.Host, timeout.Token);
            return addresses.Any(address => ownAddresses.Contains(address, url.Port));
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Not to be resolved now; a proxy need not be there when we start.
            return false;
        }
    }
}
