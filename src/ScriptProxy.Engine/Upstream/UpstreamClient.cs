using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>
/// Sends requests on: the connection the client already has, an idle one, or a new one. A request is repeated once, on a new connection,
/// when an idle connection turned out stale and repeating cannot do harm (RFC 9110 §9.2.2). Thread-safe.
/// </summary>
internal sealed class UpstreamClient(UpstreamDialer dialer, UpstreamPool pool, ProxyOptions options)
{
    /// <summary>Sends the request and reads the response head.</summary>
    /// <returns>The exchange, to be ended by the caller, and the response.</returns>
    /// <exception cref="FlowException">No response was had; the connection is closed.</exception>
    public ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendAsync(ClientExchange client, Flow flow, WireBuffer buffer)
    {
        var choosing = dialer.ChooseAsync(flow.Request.Destination, flow);
        return choosing.IsCompletedSuccessfully ? Send(choosing.Result) : AwaitAsync(choosing);

        ValueTask<(UpstreamExchange, FlowResponse)> Send(Route route) => route.Hop is ClusterHop cluster
            ? new ClusterClient(this, options).SendAsync(cluster, route, client, flow, buffer)
            : SendAsync(route, client, flow, buffer);

        async ValueTask<(UpstreamExchange, FlowResponse)> AwaitAsync(ValueTask<Route> choosing) => await Send(await choosing);
    }

    /// <summary>Sends the request by a route and reads the response head.</summary>
    /// <inheritdoc cref="SendAsync(ClientExchange, Flow, WireBuffer)"/>
    public async ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendAsync(Route route, ClientExchange client, Flow flow, WireBuffer buffer)
    {
        for (var isRetry = false; ; isRetry = true)
        {
            var connection = await ConnectAsync(route, client, flow, isRetry);
            var exchange = new UpstreamExchange(connection, client, flow.Request as FlowRequest ?? throw new InvalidOperationException(), options);
            try
            {
                client.Deadline.Upstream = connection;
                flow.SetServer(connection.Server);
                await exchange.SendRequestAsync(buffer);
                return (exchange, await exchange.ReadResponseAsync(buffer));
            }
            catch (Exception exception)
            {
                await AbandonAsync(client, exchange);
                if (isRetry || exception is not FlowException failure || !MayRepeat(client, flow, exchange, failure)) throw;
            }
        }
    }

    private async ValueTask<UpstreamConnection> ConnectAsync(Route route, ClientExchange client, Flow flow, bool isRetry)
    {
        var destination = ((FlowRequest)flow.Request).Destination;
        if (!isRetry && TakeIdle(client, new RoutedDestination(destination, route)) is { } idle)
        {
            flow.Timings.Connected = TimeSpan.Zero;
            return idle;
        }

        var connection = await dialer.ConnectAsync(destination, route, flow);
        flow.Timings.Connected = flow.Elapsed;
        return connection;
    }

    private UpstreamConnection? TakeIdle(ClientExchange client, in RoutedDestination key)
    {
        if (client.TakeUpstream() is { } kept)
        {
            if (kept.Route == key.Route && kept.Destination == key.Destination)
            {
                if (kept.Wire.IsUsable()) return kept;
                kept.Dispose();
            }
            else
            {
                pool.Return(kept);
            }
        }

        return pool.TryTake(key, out var pooled) ? pooled : null;
    }

    /// <summary>Ends an exchange whose response nobody will see.</summary>
    public static async ValueTask AbandonAsync(ClientExchange client, UpstreamExchange exchange)
    {
        client.Deadline.Upstream = null;
        exchange.Connection.Abort();
        if (exchange.Upload is { } upload)
        {
            // It may be waiting for the client's next bytes; they are nobody's any more.
            client.StopUpload();
            await upload.EndAsync();
        }

        exchange.Connection.Dispose();
    }

    private static bool MayRepeat(ClientExchange client, Flow flow, UpstreamExchange exchange, FlowException exception)
    {
        var request = (FlowRequest)flow.Request;
        return exception.BeforeResponse && exchange.Connection.IsReused && exchange.Upload is null && request.IsIdempotent &&
            request.Body.Source is null or { IsStarted: false } && !client.Deadline.ClientLeft && flow.ClusterRun is not { IsTryOver: true } && client.Deadline.Expired == Connections.DeadlineKind.None;
    }
}
