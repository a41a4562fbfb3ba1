using System.Collections.Concurrent;
using System.Net.Sockets;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// A cluster as the next hop. Requests are sent by <see cref="ClusterClient"/>, which chooses the endpoint for each try and dials it by the route
/// of that endpoint; a tunnel is dialled here. The destination stays what it was: scheme, SNI, and Host field.
/// </summary>
internal sealed class ClusterHop(Cluster cluster, SocketDialler dialler) : NextHop
{
    private readonly ConcurrentDictionary<(Route Route, Endpoint Endpoint), Route> _routes = new();

    public override string Name => cluster.Name;

    public Cluster Cluster => cluster;

    /// <summary>The route by which an endpoint is dialled. Always the same object for the same two.</summary>
    public Route RouteTo(Route route, Endpoint endpoint) =>
        _routes.GetOrAdd((route, endpoint), static (key, hop) => new Route(new EndpointHop(hop, key.Endpoint), key.Route.Reason), this);

    /// <summary>Opens a connection for a tunnel: to the next endpoint as long as one cannot be connected to, as retries allow.</summary>
    public override async Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken)
    {
        var run = new ClusterRun(cluster);
        try
        {
            while (true)
            {
                await run.TakeSlotAsync(cancellationToken);
                var endpoint = run.Choose();
                try
                {
                    var way = await ConnectAsync(endpoint, target, run.Dispose, cancellationToken);
                    run.Succeeded();
                    return way;
                }
                catch (FlowException exception) when (TryFailures.Of(exception) == TryFailure.Connect)
                {
                    run.Failed(exception.Error.Type);
                    if (!run.MayRetry(TryFailure.Connect)) throw;
                }

                await run.BackOffAsync(cancellationToken);
            }
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Dials an endpoint, or what an addon had dialled in its place.</summary>
    /// <param name="endpoint">Which.</param>
    /// <param name="target">Where an addon sent the connection instead, if it did.</param>
    /// <param name="onClosed">Called when the connection is disposed; null for nothing.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for it any more.</param>
    public async Task<OpenWay> ConnectAsync(Endpoint endpoint, HopTarget target, Action? onClosed, CancellationToken cancellationToken)
    {
        if (cluster.Plan.ConnectTimeout is not { } limit) return ToWay(endpoint, await DialAsync(endpoint, target, cancellationToken), onClosed);

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            return ToWay(endpoint, await DialAsync(endpoint, target, timeout.Token), onClosed);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlowException(FlowErrors.ConnectTimeout(endpoint.Name), exception);
        }
    }

    private Task<Socket> DialAsync(Endpoint endpoint, HopTarget target, CancellationToken cancellationToken) => target.IsDiverted
        ? dialler.ConnectAsync(target.Host, target.Port, isTrusted: false, cancellationToken)
        : dialler.ConnectAsync(endpoint.Host, endpoint.Port, isTrusted: true, cancellationToken);

    private OpenWay ToWay(Endpoint endpoint, Socket socket, Action? onClosed) =>
        new OpenWay(socket, onClosed is null ? new NetworkStream(socket, ownsSocket: true) : new CountedStream(socket, onClosed)).Through(new EndpointHop(this, endpoint));
}
