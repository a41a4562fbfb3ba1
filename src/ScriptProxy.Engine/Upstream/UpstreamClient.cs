using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Http2;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream;

/// <summary>
/// Sends requests on: the connection the client already has, an idle one, a shared one, or a new one. A request is repeated on another
/// connection when an idle one turned out stale and repeating cannot do harm (RFC 9110 §9.2.2), or when the origin said that it has not
/// looked at it (RFC 9113 §8.7). Thread-safe.
/// </summary>
internal sealed class UpstreamClient(UpstreamDialer dialer, UpstreamPool pool, Http2Pool http2, UpstreamProtocols protocols, ProxyOptions options)
{
    private const int MostRefusals = 3;
    private const int NoApplicationProtocol = 120;

    /// <summary>Sends the request and reads the response head.</summary>
    /// <returns>The exchange, to be ended by the caller, and the response.</returns>
    /// <exception cref="FlowException">No response was had; the connection is closed.</exception>
    public ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendAsync(ClientExchange client, Flow flow, WireBuffer buffer)
    {
        var choosing = dialer.ChooseAsync(flow.Request.Destination, flow);
        return choosing.IsCompletedSuccessfully ? SendByAsync(choosing.Result, client, flow, buffer) : SendOnceChosenAsync(choosing, client, flow, buffer);
    }

    /// <summary>Sends the request by a route and reads the response head.</summary>
    /// <inheritdoc cref="SendAsync(ClientExchange, Flow, WireBuffer)"/>
    public async ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendAsync(Route route, ClientExchange client, Flow flow, WireBuffer buffer)
    {
        for (var retries = 0; ; retries++)
        {
            var exchange = await ConnectAsync(route, client, flow, isRetry: retries > 0);
            try
            {
                client.Deadline.Upstream = exchange;
                flow.SetServer(exchange.Server);
                await exchange.SendRequestAsync(buffer);
                return (exchange, await exchange.ReadResponseAsync(buffer));
            }
            catch (Exception exception)
            {
                await AbandonAsync(client, exchange);
                if (exception is not FlowException failure || !MayRepeat(client, flow, exchange, failure, retries)) throw;
            }
        }
    }

    private ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendByAsync(Route route, ClientExchange client, Flow flow, WireBuffer buffer) =>
        route.Hop is ClusterHop cluster ? new ClusterClient(this, options).SendAsync(cluster, route, client, flow, buffer) : SendAsync(route, client, flow, buffer);

    private async ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendOnceChosenAsync(ValueTask<Route> choosing, ClientExchange client, Flow flow, WireBuffer buffer) =>
        await SendByAsync(await choosing, client, flow, buffer);

    private async ValueTask<UpstreamExchange> ConnectAsync(Route route, ClientExchange client, Flow flow, bool isRetry)
    {
        var request = flow.Request;
        var key = new RoutedDestination(request.Destination, route);

        // An upgrade (WebSocket) needs HTTP/1.1.
        if (request.HttpVersion.Major == 2 && !request.IsUpgrade && protocols.OffersHttp2(key.Destination, clientSpeaksHttp2: true))
            return await ConnectHttp2Async(client, flow, key, isRetry);

        if (!isRetry && TakeIdle(client, key) is { } idle)
        {
            flow.Timings.Connected = TimeSpan.Zero;
            return Exchange(client, flow, idle);
        }

        if (!request.IsUpgrade && protocols.IsHttp2Only(key.Destination)) return await ConnectHttp2Async(client, flow, key, isRetry);
        return await ConnectHttp11Async(client, flow, key, isRetry);
    }

    private async ValueTask<UpstreamExchange> ConnectHttp11Async(ClientExchange client, Flow flow, RoutedDestination key, bool isRetry)
    {
        client.Deadline.Watch(DeadlineKind.Dial);
        try
        {
            var connection = await dialer.ConnectAsync(key.Destination, key.Route, flow);
            flow.Timings.Connected = flow.Elapsed;
            return Exchange(client, flow, connection);
        }
        catch (FlowException refused) when (RefusesHttp11(refused) && protocols.MaySpeakHttp2(key.Destination) && !flow.Request.IsUpgrade)
        {
            protocols.Learn(key.Destination, HttpProtocol.Http2Only);
            return await ConnectHttp2Async(client, flow, key, isRetry);
        }
    }

    private ValueTask<UpstreamExchange> ConnectHttp2Async(ClientExchange client, Flow flow, RoutedDestination key, bool isRetry)
    {
        if (Reuse(client, flow, key, isRetry) is { } reused) return new(reused);
        return protocols.PrefersHttp11(key.Destination) ? DialAsync(client, flow, key) : DialHttp2Async(client, flow, key, isRetry);
    }

    /// <summary>Dials once for all who ask at the same time. Apart from the method before it, whose usual way then makes no closure.</summary>
    private async ValueTask<UpstreamExchange> DialHttp2Async(ClientExchange client, Flow flow, RoutedDestination key, bool isRetry)
    {
        UpstreamExchange? dialled = null;
        client.Deadline.Watch(DeadlineKind.Dial);
        if (await http2.DialOnceAsync(key, async () => dialled = await DialAsync(client, flow, key), flow.Aborted)) return dialled!;
        return Reuse(client, flow, key, isRetry) ?? await DialAsync(client, flow, key);
    }

    private UpstreamExchange? Reuse(ClientExchange client, Flow flow, in RoutedDestination key, bool isRetry)
    {
        UpstreamExchange? exchange = null;
        if (http2.TryTake(key) is { } stream) exchange = Exchange(client, flow, stream);
        else if (!isRetry && protocols.PrefersHttp11(key.Destination) && TakeIdle(client, key) is { } idle) exchange = Exchange(client, flow, idle);
        if (exchange is not null) flow.Timings.Connected = TimeSpan.Zero;
        return exchange;
    }

    /// <summary>Dials, and speaks what the origin chooses.</summary>
    private async ValueTask<UpstreamExchange> DialAsync(ClientExchange client, Flow flow, RoutedDestination key)
    {
        client.Deadline.Watch(DeadlineKind.Dial);
        var dialled = await dialer.DialAsync(key.Destination, key.Route, flow, offerHttp2: true);
        flow.Timings.Connected = flow.Elapsed;
        var isHttp2 = dialled.IsHttp2;
        if (!dialled.IsDiverted && !protocols.IsHttp2Only(key.Destination)) protocols.Learn(key.Destination, isHttp2 ? HttpProtocol.Http2 : HttpProtocol.Http11);
        return isHttp2 ? Exchange(client, flow, http2.Add(key, dialled)) : Exchange(client, flow, dialer.NewConnection(dialled));
    }

    private Http1UpstreamExchange Exchange(ClientExchange client, Flow flow, UpstreamConnection connection) => new(connection, client, flow.Request, options);

    private Http2UpstreamExchange Exchange(ClientExchange client, Flow flow, Http2Stream stream) => new(stream.Connection, stream, client, flow.Request, options);

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
        exchange.Abort();
        if (exchange.Upload is { } upload)
        {
            // It may be waiting for the client's next bytes; they are nobody's any more.
            client.StopUpload();
            await upload.EndAsync();
        }

        exchange.End();
    }

    private bool MayRepeat(ClientExchange client, Flow flow, UpstreamExchange exchange, FlowException exception, int retries)
    {
        var request = flow.Request;
        if (exception.ResetCode == (int)ErrorCode.Http11Required) protocols.Learn(request.Destination, HttpProtocol.Http11Required);
        var isUnsent = exchange.Upload is null && request.Body.Source is null or { IsStarted: false };
        if (!isUnsent || client.Deadline.ClientLeft || flow.ClusterRun is { IsTryOver: true } || client.Deadline.Expired != DeadlineKind.None) return false;
        if (exception.WasNotProcessed) return retries < MostRefusals;
        return retries == 0 && exception.BeforeResponse && exchange.IsReused && request.IsIdempotent;
    }

    private static bool RefusesHttp11(FlowException exception) => exception.InnerException is { } cause && TlsAlert.Of(cause) == NoApplicationProtocol;
}
