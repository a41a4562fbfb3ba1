using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream;

/// <summary>
/// A request body on its way while the response is already being waited for or relayed: both directions flow at once, and an early answer
/// (413, 401) reaches the client before its upload ends.
/// </summary>
/// <param name="body">The body, or what is left of it.</param>
/// <param name="deadline">Armed anew with every piece.</param>
/// <param name="options">Timeouts.</param>
internal abstract class RequestUpload(OutgoingBody body, ExchangeDeadline deadline, ProxyOptions options)
{
    private volatile bool _responseArrived;
    private bool _connectionEnds;
    private Task _task = Task.CompletedTask;

    /// <summary>Whether every byte went out.</summary>
    public bool IsCompleted => _task.IsCompletedSuccessfully && Failure is null && !UpstreamStoppedReading;

    /// <summary>Whether nothing more will be read from the client.</summary>
    public bool HasEnded => _task.IsCompleted;

    /// <summary>What is wrong with the client's side of it, or with an addon's transform; null while nothing is.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether the upstream closed its receiving side; it may have answered before.</summary>
    public bool UpstreamStoppedReading { get; private set; }

    public void Start() => _task = RunAsync();

    /// <summary>Whether the answer came early and ends the connection: the rest of the body has nowhere to go.</summary>
    public bool IsFutile => _connectionEnds && !HasEnded;

    /// <summary>From here on the response's own progress is watched.</summary>
    /// <param name="connectionEnds">Whether the upstream connection ends with the response.</param>
    public void ResponseArrived(bool connectionEnds)
    {
        _connectionEnds = connectionEnds;
        _responseArrived = true;
    }

    /// <summary>Waits until nothing more is read from the client. Never throws.</summary>
    public Task EndAsync() => _task;

    /// <summary>Sends the body to its end.</summary>
    /// <exception cref="FlowException">The source failed.</exception>
    /// <exception cref="DestinationException">The upstream takes no more of it.</exception>
    protected abstract ValueTask CopyAsync(OutgoingBody body);

    /// <summary>Cuts the exchange: the upstream must not take half a body for a whole one.</summary>
    protected abstract void AbortUpstream();

    private async Task RunAsync()
    {
        try
        {
            await CopyAsync(body);
            if (body.Source is TransformedBody transformed) await transformed.DrainAsync();
        }
        catch (Exception exception) when (FlowErrors.From(exception) is not null && exception is not DestinationException)
        {
            Failure = exception;
            AbortUpstream();
        }
        catch (DestinationException)
        {
            UpstreamStoppedReading = true;
        }

        if (!_responseArrived) deadline.Arm(DeadlineKind.Response, options.ResponseTimeout);
    }
}
