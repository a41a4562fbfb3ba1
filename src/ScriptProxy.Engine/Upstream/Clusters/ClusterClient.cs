using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>
/// Sends a request to a cluster: an endpoint, a try, and where that fails and trying again can do no harm, another. What has been handed to the
/// client is never taken back: the choice ends with the head of the response. Thread-safe.
/// </summary>
internal sealed class ClusterClient(UpstreamClient upstream, ProxyOptions options)
{
    /// <summary>Sends the request and reads the response head. What the request holds of the cluster, the flow gives back when it ends.</summary>
    /// <exception cref="FlowException">No response was had, or the cluster takes no more.</exception>
    public async ValueTask<(UpstreamExchange Exchange, FlowResponse Response)> SendAsync(ClusterHop hop, Route route, ClientExchange client, Flow flow, WireBuffer buffer)
    {
        var cluster = hop.Cluster;
        var run = new ClusterRun(cluster);
        flow.ClusterRun = run;
        await HoldAsync(cluster.Plan.Retries, client, flow.Request);
        while (true)
        {
            if (!run.TryTakeSlot()) await WaitAsync(run, client, flow);
            var endpoint = run.Choose();
            var way = flow.Route = hop.RouteTo(route, endpoint);
            using var timer = run.StartTimer(client.Deadline);
            var (exchange, response, failure) = await TryAsync(way, client, flow, buffer);
            if (response is not null && (timer is null || timer.TryFinish()))
            {
                run.Answered(response.StatusCode);
                if (!MayRepeat(client, flow, isUnsent: false) || !run.MayRetry(response.StatusCode))
                {
                    // A connection that is shared is not used up.
                    if (flow.Server?.ApplicationProtocol is "h2" or DialledConnection.PriorKnowledge) run.ReleaseSlot();
                    return (exchange!, response);
                }
            }

            if (exchange is not null) await UpstreamClient.AbandonAsync(client, exchange);
            if (run.IsTryOver) failure = new FlowException(TimeoutOf(cluster, endpoint), failure);
            if (failure is not null) Fail(run, client, flow, failure);
            await run.BackOffAsync(flow.Aborted);
        }
    }

    private async ValueTask<(UpstreamExchange? Exchange, FlowResponse? Response, FlowException? Failure)> TryAsync(Route way, ClientExchange client, Flow flow, WireBuffer buffer)
    {
        try
        {
            var (exchange, response) = await upstream.SendAsync(way, client, flow, buffer);
            return (exchange, response, null);
        }
        catch (FlowException exception)
        {
            return (null, null, exception);
        }
    }

    /// <summary>Notes a try that failed, and throws what it failed with if there is not to be another.</summary>
    private static void Fail(ClusterRun run, ClientExchange client, Flow flow, FlowException exception)
    {
        var failure = client.Deadline.ClientLeft ? TryFailure.Other : client.Deadline.Expired == DeadlineKind.None ? TryFailures.Of(exception) : TryFailure.Timeout;
        if (failure != TryFailure.Other) run.Failed(failure == TryFailure.Timeout ? "http_response_timeout" : exception.Error.Type);
        if (!MayRepeat(client, flow, isUnsent: failure is TryFailure.Connect or TryFailure.RefusedStream) || !run.MayRetry(failure)) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
    }

    private static FlowError TimeoutOf(Cluster cluster, Endpoint endpoint) =>
        ClusterErrors.TryTimeout(cluster.Name, endpoint.Name, cluster.Plan.Retries.PerTryTimeout ?? default);

    /// <summary>Waits in line for a connection, for as long as an answer may take.</summary>
    private async Task WaitAsync(ClusterRun run, ClientExchange client, Flow flow)
    {
        client.Deadline.Arm(DeadlineKind.Response, options.ResponseTimeout);
        await run.TakeSlotAsync(flow.Aborted);
        client.Deadline.Disarm();
    }

    /// <summary>Whether the request can be sent once more, as far as the client, its body and its method go.</summary>
    private static bool MayRepeat(ClientExchange client, Flow flow, bool isUnsent)
    {
        if (client.Deadline.ClientLeft || client.Deadline.Expired != DeadlineKind.None || !flow.Request.Body.IsRepeatable) return false;
        return isUnsent || flow.Request.IsIdempotent || flow.ClusterRun!.RepeatsAnyMethod;
    }

    /// <summary>Reads a small body whose length is known, so that it can be sent more than once.</summary>
    private async ValueTask HoldAsync(RetryOptions retries, ClientExchange client, FlowRequest request)
    {
        if (retries.Attempts == 0 || retries.HoldBody == 0 || !(retries.NonIdempotent || request.IsIdempotent)) return;
        client.Deadline.Arm(DeadlineKind.Body, options.BodyIdleTimeout);
        await request.Body.HoldAsync(retries.HoldBody);
        client.Deadline.Disarm();
    }
}
