using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Embedding;

/// <summary>A flow that no connection of the proxy carries, with the generation that it sees from start to end.</summary>
internal sealed class InProcessExchange(InProcessPipeline pipeline, Flow flow, GenerationLease lease)
{
    private GenerationLease _lease = lease;
    private bool _isReleased;
    private int _completed;

    public Flow Flow => flow;

    public Generation Addons => _lease.Generation;

    /// <summary>What ended the exchange, as it was thrown; null while nothing did.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether the response was made of the error, because nobody else answered.</summary>
    public bool IsOwnAnswer { get; set; }

    /// <summary>Lets go of the addons, when the flow has become something that may last for days: what is left of it meets the newest.</summary>
    public void ReleaseAddons()
    {
        _lease.Dispose();
        _isReleased = true;
    }

    /// <summary>Ends the flow: OnCompleted, the record, the lease. Only the first call does anything. Never throws.</summary>
    public async ValueTask CompleteAsync()
    {
        if (Interlocked.Exchange(ref _completed, 1) == 1) return;
        if (_isReleased) _lease = pipeline.Lease();
        try
        {
            await pipeline.CompleteAsync(this);
        }
        finally
        {
            _lease.Dispose();
        }
    }
}
