using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Flows;

/// <summary>A body as a stream for transforms and decoders: what is in memory first, then the rest as it comes. One reader at a time.</summary>
/// <param name="first">The beginning.</param>
/// <param name="rest">Where the rest comes from; null when there is none.</param>
/// <param name="deadline">Kept from expiring while bytes come; null for none.</param>
/// <param name="waiting">Set when bytes are waited for.</param>
/// <param name="stopping">Ends reading.</param>
internal sealed class BodyStream(ReadOnlyMemory<byte> first, BodyReader? rest, Deadline? deadline, TaskCompletionSource waiting, CancellationToken stopping) : ForwardStream
{
    private ReadOnlyMemory<byte> _piece = first;
    private Task<ReadOnlyMemory<byte>>? _pending;
    private FlowException? _failure;

    /// <summary>What is wrong with the sender; null while nothing is.</summary>
    public FlowException? Failure => Volatile.Read(ref _failure);

    /// <exception cref="BrokenBodyException">The sender failed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        stopping.ThrowIfCancellationRequested();
        if (buffer.IsEmpty) return 0;
        if (_piece.IsEmpty) _piece = await NextAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _piece.Length);
        _piece[..count].CopyTo(buffer);
        _piece = _piece[count..];
        return count;
    }

    /// <summary>Reads off the rest. Nobody else may read then or later.</summary>
    /// <exception cref="FlowException">The sender failed.</exception>
    public async ValueTask DrainAsync()
    {
        if (_pending is { } pending) await pending;
        _pending = null;
        while (rest is { IsCompleted: false } && !(await rest.ReadAsync()).IsEmpty) deadline?.Extend(DeadlineKind.Body);
    }

    private async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        if (rest is null) return default;
        if (Failure is { } failed) throw new BrokenBodyException(failed);
        try
        {
            if (_pending is null)
            {
                var read = rest.ReadAsync();
                if (read.IsCompleted) return await read;
                waiting.TrySetResult();
                _pending = read.AsTask();
            }

            // A read of a socket cannot be taken back: who gives up waiting leaves it to the next reader.
            await WaitAsync(_pending, cancellationToken);
            var piece = await _pending;
            _pending = null;
            deadline?.Extend(DeadlineKind.Body);
            return piece;
        }
        catch (FlowException exception)
        {
            Volatile.Write(ref _failure, exception);
            throw new BrokenBodyException(exception);
        }
    }

    private async ValueTask WaitAsync(Task pending, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || cancellationToken == stopping)
        {
            await pending.WaitAsync(stopping);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        await pending.WaitAsync(either.Token);
    }
}
