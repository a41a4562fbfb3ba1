using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>The connections of a cluster that may be in use at once; who comes too late waits in line, if the line is not too long. Thread-safe.</summary>
internal sealed class ConnectionSlots(string cluster, int most, int mostWaiting)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _used;

    /// <summary>How many are in use.</summary>
    public int Used
    {
        get
        {
            lock (_lock) return _used;
        }
    }

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Takes a slot if there is one.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            if (_used >= most) return false;
            _used++;
            return true;
        }
    }

    /// <summary>Takes a slot; completes at once while there is one.</summary>
    /// <exception cref="FlowException">There is none, and too many wait.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_used < most)
            {
                _used++;
                return default;
            }

            if (_waiting.Count >= mostWaiting)
                throw new FlowException(ClusterErrors.Overflow(cluster, $"{most} connections are in use (limits.max-connections) and {mostWaiting} requests wait (limits.max-pending)"));
            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new ValueTask(WaitAsync(place, cancellationToken));
    }

    /// <summary>Gives a slot back; who waits longest gets it.</summary>
    public void Return()
    {
        lock (_lock)
        {
            while (_waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                if (first.Value.TrySetResult()) return;
            }

            _used--;
        }
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), place.Value);
        try
        {
            await place.Value.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (place.List is not null) _waiting.Remove(place);
            }

            throw;
        }
    }
}
