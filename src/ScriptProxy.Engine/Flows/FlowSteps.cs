using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Flows;

/// <summary>What happens to a flow in the same way whoever carries it: a connection of the proxy, an HttpClient, a test.</summary>
internal static class FlowSteps
{
    /// <summary>After hooks: goes no further where one of them hung up.</summary>
    /// <exception cref="FlowException">An addon asked to abort.</exception>
    public static void ThrowIfAborted(Flow flow)
    {
        if (flow.AbortRequested) throw new FlowException(FlowErrors.Aborted);
    }

    /// <summary>The error of a hook that read a body too large for it: whose body it was decides whose fault it is.</summary>
    /// <param name="exception">What ended the exchange.</param>
    /// <param name="error">What it means otherwise.</param>
    /// <param name="responding">Whether there was a response.</param>
    public static FlowError Explain(Exception exception, FlowError error, bool responding) =>
        exception is AddonException { InnerException: BodyTooLargeException } && responding ? error with { Type = "http_response_body_size", StatusCode = 502 } : error;

    /// <summary>Runs OnError for a flow that has its error.</summary>
    public static async ValueTask TellAsync(Generation addons, Flow flow)
    {
        try
        {
            await addons.Error.RunAsync(flow);
        }
        catch (AddonException)
        {
            // The answer made of the error stands in for the one the addon could not give.
            flow.ClearResponse();
        }
    }

    /// <summary>The last step: final sizes and times, OnCompleted, the record.</summary>
    public static async ValueTask CompleteAsync(Flow flow, Generation addons, FlowRecorder recorder)
    {
        flow.Timings.Total = flow.Elapsed;
        flow.Timings.RequestBytes = flow.Request.Body.BytesReceived;
        flow.Request.Body.Close();
        flow.Response?.Body.Close();
        if (!addons.Completed.IsEmpty) await addons.Completed.RunAsync(flow);
        if (recorder.IsActive) recorder.Record(flow);
    }
}
