using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Hosts;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream;
using ScriptProxy.Engine.WebSockets;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// One exchange from request head to last byte: hooks, upstream, hooks, relay. The only place that calls addons for HTTP, and the only one
/// that turns failures into answers.
/// </summary>
internal sealed partial class FlowPipeline(Generations generations, UpstreamClient upstreamClient, WebSocketUpgrade webSockets, FlowRecorder recorder, HostRules hosts, ViaField? via, CertificatePages certificatePages, TimeProvider time, ILogger<FlowPipeline> logger)
{
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);

    private long _lastFlow;

    public Flow NewFlow(ClientConnection client, FlowRequest request) => new(Interlocked.Increment(ref _lastFlow), client, request, time);

    public async ValueTask RunAsync(ClientExchange client, Flow flow, WireBuffer buffer)
    {
        var lease = generations.Lease();
        var isLeased = true;
        var addons = lease.Generation;
        UpstreamExchange? exchange = null;
        flow.Deadline = client.Deadline;
        client.Deadline.Flow = flow;
        var responding = false;
        try
        {
            if (via?.LoopOf(((FlowRequest)flow.Request).Head) is { } loop) throw new FlowException(loop);
            if (!addons.Request.IsEmpty) await addons.Request.RunAsync(flow);
            FlowSteps.ThrowIfAborted(flow);

            if (flow.Response is null && certificatePages.Answer((FlowRequest)flow.Request) is { } page) flow.SetResponse(page);
            if (flow.Response is null)
            {
                WebSocketUpgrade.Prepare((FlowRequest)flow.Request, addons);
                via?.Add(((FlowRequest)flow.Request).Head, flow.Request.HttpVersion);
                (exchange, var received) = await upstreamClient.SendAsync(client, flow, buffer);
                flow.SetResponse(received);
                via?.Add(received.Head, received.HttpVersion);
                if (hosts.DropsAltSvc(flow.Request.Destination)) received.Headers.Remove("Alt-Svc");
                flow.Timings.FirstByte = flow.Elapsed;
            }

            responding = true;
            if (!addons.Response.IsEmpty) await addons.Response.RunAsync(flow);
            FlowSteps.ThrowIfAborted(flow);

            if (exchange is null || flow.Response!.StatusCode != 101)
            {
                await client.SendResponseAsync(flow, (FlowResponse)flow.Response!, exchange?.Upload, buffer);
            }
            else
            {
                // What was upgraded may last for days, and must not hold up a reload for as long.
                using var webSocket = webSockets.Begin(flow, (FlowResponse)flow.Response);
                lease.Dispose();
                isLeased = false;
                await client.RelayUpgradeAsync(flow, (FlowResponse)flow.Response, exchange.UpgradedConnection, webSocket, buffer);
            }
        }
        catch (Exception caught) when (FlowErrors.From(caught) is not null)
        {
            // A transform of the request that failed took the connection with it: it is the reason of whatever followed.
            var exception = exchange?.Upload?.Failure as AddonException ?? caught;
            var error = FlowErrors.From(exception)!;
            await FailAsync(client, flow, Explain(client, flow, exception, error, responding), exception, responding ? null : addons, buffer);
        }
        finally
        {
            if (exchange is not null) await EndUpstreamAsync(client, exchange);
            flow.ClusterRun?.Dispose();
            client.Deadline.Disarm();
            client.Deadline.Flow = null;
            flow.Deadline = null;
            if (flow.Transforms is not null) await EndTransformsAsync(flow);
            if (!isLeased) lease = generations.Lease();
            using (lease) await FlowSteps.CompleteAsync(flow, lease.Generation, recorder);
        }
    }

    /// <summary>A broken connection is only a symptom: the deadline that cut it, or the client that left, is the reason.</summary>
    private static FlowError Explain(ClientExchange client, Flow flow, Exception exception, FlowError error, bool responding)
    {
        var isOfAddon = exception is AddonException { InnerException: not (FlowException or BrokenBodyException) };

        // A time that is over cuts the client off, who then seems to have left.
        if (!isOfAddon && client.Deadline.Expired is (DeadlineKind.Response or DeadlineKind.Body))
            return FlowErrors.Timeout(client.Deadline.Expired, flow.Request.Destination.Authority);
        if (client.Deadline.ClientLeft) return FlowErrors.ClientGone;
        return FlowSteps.Explain(exception, error, responding);
    }

    private async ValueTask FailAsync(ClientExchange client, Flow flow, FlowError error, Exception exception, Generation? toTell, WireBuffer buffer)
    {
        // A response that was refused on our side (an addon failed, a body too large to read) is not what the client gets.
        if (!flow.ResponseStarted) flow.ClearResponse();
        flow.Fail(error);

        // What an addon did was logged where it was called.
        if (exception is not AddonException { InnerException: not BrokenBodyException }) Log.FlowFailed(logger, flow.Id, error.Type, error.Message, exception);

        if (toTell is { Error.IsEmpty: false }) await FlowSteps.TellAsync(toTell, flow);
        if (flow.ResponseStarted || flow.AbortRequested || error.StatusCode == 0)
        {
            client.Abort((exception as FlowException)?.ResetCode);
            return;
        }

        if (flow.Response is null) flow.SetResponse(FlowResponse.Of(error));
        try
        {
            await client.SendResponseAsync(flow, (FlowResponse)flow.Response!, null, buffer);
        }
        catch (Exception sending) when (FlowErrors.From(sending) is not null)
        {
            // The client left before it could be told; the flow carries the first error, which is the one that matters.
            client.Abort(resetCode: null);
        }
    }

    private static async ValueTask EndUpstreamAsync(ClientExchange client, UpstreamExchange exchange)
    {
        if (exchange.Upload is { HasEnded: false } upload)
        {
            // The word that no more is wanted may come after the response, while the client sends nothing.
            if (exchange.TakesUpload && !client.WillClose) await exchange.UntilUploadEndsAsync(upload);
            if (!upload.HasEnded && (!exchange.TakesUpload || client.WillClose))
            {
                // The answer came early and ends the upload: what the client still sends is read off and dropped.
                exchange.Abort();
                client.DropUpload();
                if (!upload.HasEnded) client.Deadline.Arm(DeadlineKind.Linger, LingerTimeout);
            }

            await upload.EndAsync();
        }

        exchange.End();
    }

    /// <summary>No transform outlives its flow; one that does not end all the same is named.</summary>
    private async ValueTask EndTransformsAsync(Flow flow)
    {
        foreach (var body in flow.Transforms!)
        {
            if (await body.EndAsync() is { } endless) Log.TransformGoesOn(logger, flow.Id, endless.Addon.Name, endless.Name);
            if (body.Failure is not AddonException failure) continue;
            var unreported = 0;
            if (body.FailedHook?.MayLogFailure(Environment.TickCount64, out unreported) != false) LogTransformFailure(flow, failure, unreported);
        }

        flow.ForgetTransforms();
    }

    private void LogTransformFailure(Flow flow, AddonException failure, int unreported)
    {
        var problem = recorder.Message(flow, failure.Message);
        Log.TransformFailed(logger, flow.Id, problem, unreported);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Flow} failed: {Type}: {Reason}")]
        public static partial void FlowFailed(ILogger logger, string flow, string type, string reason, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "{Flow}: {Problem}; its transform ended the body [{Unreported} more before it]")]
        public static partial void TransformFailed(ILogger logger, string flow, string problem, int unreported);

        [LoggerMessage(4, LogLevel.Warning, "{Flow}: {Addon}: a transform of {Hook} still runs after its flow ended, though it was cancelled")]
        public static partial void TransformGoesOn(ILogger logger, string flow, string addon, string hook);
    }
}
