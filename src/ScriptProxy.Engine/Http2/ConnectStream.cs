using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// The bytes of a tunnel that is an HTTP/2 stream (RFC 9113 §8.5): DATA frames both ways, END_STREAM for the end of a direction, RST_STREAM with
/// CONNECT_ERROR for a cut. What nobody reads is not acknowledged, and what the client does not take is waited for. One reader and one
/// writer at a time; the rest from any thread.
/// </summary>
internal sealed class ConnectStream(IFeatureCollection features) : DuplexStream, IConnectionEnd
{
    private readonly PipeReader _reader = features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
    private readonly IHttpResponseBodyFeature _response = features.GetRequiredFeature<IHttpResponseBodyFeature>();
    private readonly IHttpResetFeature _reset = features.GetRequiredFeature<IHttpResetFeature>();
    private readonly CancellationToken _left = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;
    private volatile bool _isStopped;
    private volatile bool _isOver;

    public Socket? Socket => null;

    /// <summary>Never: whether more came cannot be told without reading, and no stream is kept for later.</summary>
    public bool IsQuiet => false;

    public PeerState PeerState => _isOver || _left.IsCancellationRequested ? PeerState.Gone : PeerState.Open;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isStopped) return new ValueTask<int>(0);
        var reading = ReadOnceAsync(buffer, cancellationToken);
        if (reading.IsCompleted) return reading;
        var pending = reading.AsTask();
        _reading = pending;
        return new ValueTask<int>(pending);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        try
        {
            var result = await _response.Writer.WriteAsync(buffer, cancellationToken);
            if (!result.IsCompleted && !result.IsCanceled) return;
        }
        catch (Exception exception) when (exception is InvalidOperationException || IsGone(exception, cancellationToken))
        {
            throw Gone(exception);
        }

        throw Gone(null);
    }

    public override void Flush()
    {
        // Nothing is kept.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void StopReceiving()
    {
        lock (_lock)
        {
            if (_isOver) return;
            _isStopped = true;
            CancelRead();
        }
    }

    public async ValueTask StopSendingAsync()
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        try
        {
            await _response.CompleteAsync();
        }
        catch (Exception exception) when (IsGone(exception, CancellationToken.None))
        {
            throw Gone(exception);
        }
    }

    /// <summary>RFC 9113 §8.5: what a reset is in TCP is a stream error of type CONNECT_ERROR.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            if (!_isOver) _reset.Reset((int)ErrorCode.ConnectError);
        }
    }

    /// <summary>Lets the stream go: its number will be another's, whom nothing may reach that was meant for this one.</summary>
    public async ValueTask EndAsync()
    {
        StopReceiving();
        lock (_lock) _isOver = true;
        try
        {
            await _reading;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Whoever read was told.
        }
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _reader.ReadAsync(cancellationToken);
            var received = result.Buffer;
            var count = result.IsCanceled || _isStopped ? 0 : (int)Math.Min(buffer.Length, received.Length);
            received.Slice(0, count).CopyTo(buffer.Span);

            // Nothing is marked as looked at that was not taken: the next read has it at once.
            _reader.AdvanceTo(received.GetPosition(count));
            return count;
        }
        catch (Exception exception) when (IsGone(exception, cancellationToken))
        {
            throw Gone(exception);
        }
    }

    private void CancelRead()
    {
        try
        {
            _reader.CancelPendingRead();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has reset the stream: the read fails without our help.
        }
    }

    /// <summary>Kestrel says in several ways that a client has reset its stream, or left; none of them is a cancellation of ours.</summary>
    private static bool IsGone(Exception exception, CancellationToken cancellationToken) =>
        exception is IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static IOException Gone(Exception? cause) => new("The client closed the stream.", cause);
}
