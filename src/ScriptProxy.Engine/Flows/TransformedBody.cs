using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// A body that passes through transforms: the source, its codings removed, is read by the first of them; each next one reads what the one
/// before it wrote; the sender reads the last. What is on its way is bounded, so a slow receiver holds up all of them and the source.
/// </summary>
internal sealed class TransformedBody : BodyReader, IDisposable
{
    private const int PauseBytes = 64 * 1024;
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);
    private static readonly PipeOptions Bounded = new(pauseWriterThreshold: PauseBytes, resumeWriterThreshold: PauseBytes / 2);

    private readonly IReadOnlyList<TransformStep> _steps;
    private readonly long _limitBytes;
    private readonly CancellationTokenSource _stopping;
    private readonly CancellationToken _stoppingToken;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BodyStream _input;
    private readonly Stream _decoded;
    private readonly List<Task> _running = [];
    private PipeReader _output = null!;
    private SequencePosition? _consumed;
    private Exception? _failure;

    /// <param name="first">The beginning of the body that is in memory.</param>
    /// <param name="rest">Where the rest comes from; null when there is none.</param>
    /// <param name="coding">Its content codings; null for none.</param>
    /// <param name="steps">At least one.</param>
    /// <param name="limitBytes">The most that a transform may write without flushing.</param>
    /// <param name="flow">Whose end cancels the transforms.</param>
    /// <param name="cancellationToken">Cancels them as well.</param>
    public TransformedBody(
        ReadOnlyMemory<byte> first, BodyReader? rest, string? coding, IReadOnlyList<TransformStep> steps, long limitBytes, Flow? flow, CancellationToken cancellationToken)
    {
        _steps = steps;
        _limitBytes = limitBytes;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(flow?.Aborted ?? CancellationToken.None, cancellationToken);
        _stoppingToken = _stopping.Token;
        _input = new BodyStream(first, rest, flow?.Deadline, _ready, _stoppingToken);
        _decoded = ContentCoding.OpenDecoder(_input, coding);
    }

    public override Framing Framing => Framing.Chunked;

    /// <summary>Which hook's transform failed; null when none did.</summary>
    public BoundHook? FailedHook { get; private set; }

    /// <summary>What went wrong; null while nothing has.</summary>
    public Exception? Failure => _input.Failure ?? Volatile.Read(ref _failure);

    /// <summary>Lets all transforms run.</summary>
    public void Start()
    {
        var input = PipeReader.Create(_decoded, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        for (var i = 0; i < _steps.Count; i++)
        {
            var pipe = new Pipe(Bounded);
            var output = new TransformOutput(pipe.Writer, i == _steps.Count - 1 ? _ready : null, _limitBytes, _stoppingToken);
            _running.Add(StartAsync(_steps[i], input, output));
            input = pipe.Reader;
        }

        _output = input;
    }

    /// <summary>
    /// Waits until there is something to send, or the transforms wait for bytes that have not come: until then a failure can still be answered.
    /// </summary>
    public async ValueTask UntilReadyAsync()
    {
        await _ready.Task.WaitAsync(_stoppingToken);
        ThrowIfFailed();
    }

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (IsCompleted) return default;
        IsStarted = true;
        try
        {
            if (_consumed is { } consumed) _output.AdvanceTo(consumed);
            _consumed = null;
            while (true)
            {
                var result = await _output.ReadAsync(_stoppingToken);
                if (TakePiece(result) is { IsEmpty: false } piece) return piece;
                if (result.IsCompleted) break;
            }

            // Only the code itself can say that this was all.
            await _running[^1];
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
        }

        ThrowIfFailed();
        IsCompleted = true;
        return default;
    }

    /// <summary>Cancels what still runs, and waits for it, but not for ever.</summary>
    /// <returns>The hook whose transform does not end; null when all have ended, or nobody knows the hook.</returns>
    public async ValueTask<BoundHook?> EndAsync()
    {
        var all = Task.WhenAll(_running);
        if (!all.IsCompleted)
        {
            await _stopping.CancelAsync();
            await _output.CompleteAsync();
            await Task.WhenAny(all, Task.Delay(EndTimeout));
        }

        for (var i = 0; i < _running.Count; i++)
        {
            if (!_running[i].IsCompleted) return _steps[i].Context?.Hook;
        }

        await _decoded.DisposeAsync();
        Dispose();
        return null;
    }

    /// <summary>Gives back what it holds; after <see cref="EndAsync"/>, which does it where it can.</summary>
    public void Dispose()
    {
        _decoded.Dispose();
        _input.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Reads off what the transforms left of the source, so that its connection can go on.</summary>
    public async ValueTask DrainAsync()
    {
        await EndAsync();
        if (_running.TrueForAll(static task => task.IsCompleted)) await _input.DrainAsync();
    }

    private ReadOnlyMemory<byte> TakePiece(in ReadResult result)
    {
        foreach (var piece in result.Buffer)
        {
            if (piece.IsEmpty) continue;
            _consumed = result.Buffer.GetPosition(piece.Length);
            BytesRead += piece.Length;
            return piece;
        }

        _output.AdvanceTo(result.Buffer.End);
        return default;
    }

    private Task StartAsync(TransformStep step, PipeReader input, PipeWriter output)
    {
        if (step.Context is not { } context) return Task.Run(() => RunAsync(step, input, output));
        var started = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        context.Post(_ => started.SetResult(RunAsync(step, input, output)), null);
        return started.Task.Unwrap();
    }

    private async Task RunAsync(TransformStep step, PipeReader input, PipeWriter output)
    {
        Exception? failure = null;
        try
        {
            await step.Transform(input, output, _stoppingToken);
        }
        catch (Exception exception)
        {
            // Addon code throws anything.
            failure = Fail(step, exception);
        }

        try
        {
            await output.CompleteAsync(failure);
            await input.CompleteAsync(failure);
        }
        catch (Exception exception)
        {
            // A transform that ended while one of its own reads or writes was pending: the body may lack what that was to bring.
            Fail(step, exception);
        }

        if (failure is not null || output is TransformOutput { IsLast: true }) _ready.TrySetResult();
    }

    private Exception Fail(TransformStep step, Exception exception)
    {
        var hook = step.Context?.Hook;
        var failure = _input.Failure ?? Volatile.Read(ref _failure) ??
            (exception is OperationCanceledException && _stoppingToken.IsCancellationRequested ? exception : Name(step, exception));
        if (Interlocked.CompareExchange(ref _failure, failure, null) is null && failure is AddonException) FailedHook = hook;
        return failure;
    }

    private static AddonException Name(TransformStep step, Exception exception)
    {
        if (step.Context?.Hook is { } hook) return AddonException.From(hook, exception);
        return new AddonException("an addon", "Transform", null, AddonException.Describe(exception), exception);
    }

    private void ThrowIfFailed()
    {
        if (Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }
}
