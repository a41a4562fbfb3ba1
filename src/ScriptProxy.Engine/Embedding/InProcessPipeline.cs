using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Embedding;

/// <summary>
/// What <see cref="FlowPipeline"/> is to the proxy, for flows that no connection of the proxy carries: an HttpClient's, a test's. The same
/// hooks in the same order, and the same answers to what fails.
/// </summary>
internal sealed partial class InProcessPipeline(Generations generations, FlowRecorder recorder, TimeProvider time, ILogger logger)
{
    private long _lastFlow;

    public Flow NewFlow(ClientConnection client, FlowRequest request) => new(Interlocked.Increment(ref _lastFlow), client, request, time);

    /// <summary>Takes the live addons for the time of one flow.</summary>
    public InProcessExchange Begin(Flow flow) => new(this, flow, Lease());

    /// <summary>Takes the live addons; the caller disposes.</summary>
    public GenerationLease Lease() => generations.Lease();

    /// <summary>
    /// Runs the hooks up to the response head. Afterwards the flow has a response, unless its error says that nothing can be answered.
    /// </summary>
    /// <param name="exchange">Completed by the caller, when the response's body has been read or given up.</param>
    /// <param name="sendAsync">Gets the answer where no addon gave one.</param>
    public async ValueTask SendAsync(InProcessExchange exchange, Func<Flow, ValueTask<FlowResponse>> sendAsync)
    {
        var flow = exchange.Flow;
        var addons = exchange.Addons;
        var responding = false;
        try
        {
            if (!addons.Request.IsEmpty) await addons.Request.RunAsync(flow);
            FlowSteps.ThrowIfAborted(flow);

            if (flow.Response is null)
            {
                await flow.Request.Body.PassOnAsync(flow.Request.Head, isSent: true, mayStream: true);
                flow.SetResponse(await sendAsync(flow));
                flow.Timings.FirstByte = flow.Elapsed;
            }

            responding = true;
            if (!addons.Response.IsEmpty) await addons.Response.RunAsync(flow);
            FlowSteps.ThrowIfAborted(flow);
            if (flow.Response is { } response) await response.Body.PassOnAsync(response.Head, isSent: HasBody(flow, response), mayStream: true);
            flow.ResponseStarted = true;
        }
        catch (Exception exception) when (FlowErrors.From(exception) is { } error)
        {
            exchange.Failure = exception;
            await FailAsync(exchange, FlowSteps.Explain(exception, error, responding), responding);
        }
    }

    /// <summary>The last step of a flow. Called by its exchange.</summary>
    public async ValueTask CompleteAsync(InProcessExchange exchange)
    {
        var flow = exchange.Flow;
        if (flow.Transforms is not null) await EndTransformsAsync(flow);
        await FlowSteps.CompleteAsync(flow, exchange.Addons, recorder);
    }

    /// <summary>Whether the caller gets a body, whatever the response has (RFC 9110 §6.4.1).</summary>
    public static bool HasBody(Flow flow, FlowResponse response) => !flow.Request.ClientAskedHead && response.StatusCode is not (204 or 205 or 304);

    private async ValueTask EndTransformsAsync(Flow flow)
    {
        foreach (var body in flow.Transforms!)
        {
            await body.EndAsync();
            if (body.Failure is not AddonException failure) continue;
            var problem = recorder.Message(flow, failure.Message);
            Log.TransformFailed(logger, flow.Id, problem);
        }

        flow.ForgetTransforms();
    }

    private async ValueTask FailAsync(InProcessExchange exchange, FlowError error, bool responding)
    {
        var flow = exchange.Flow;
        flow.ClearResponse();
        flow.Fail(error);

        // What an addon did was logged where it was called.
        if (exchange.Failure is not AddonException { InnerException: not BrokenBodyException }) Log.FlowFailed(logger, flow.Id, error.Type, error.Message, exchange.Failure);

        if (!responding && !exchange.Addons.Error.IsEmpty) await FlowSteps.TellAsync(exchange.Addons, flow);
        if (flow.AbortRequested || error.StatusCode == 0)
        {
            flow.ClearResponse();
        }
        else if (flow.Response is null)
        {
            exchange.IsOwnAnswer = true;
            flow.SetResponse(FlowResponse.Of(error));
        }

        if (flow.Response is { } answer) await answer.Body.PassOnAsync(answer.Head, isSent: HasBody(flow, answer), mayStream: true);

        flow.ResponseStarted = true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Flow} failed: {Type}: {Reason}")]
        public static partial void FlowFailed(ILogger logger, string flow, string type, string reason, Exception? exception);

        [LoggerMessage(2, LogLevel.Warning, "{Flow}: {Problem}; its transform ended the body")]
        public static partial void TransformFailed(ILogger logger, string flow, string problem);
    }
}
