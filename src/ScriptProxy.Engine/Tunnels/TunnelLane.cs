using System.Buffers;
using System.Runtime.Versioning;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>
/// One direction of a tunnel. While nothing comes it holds no buffer; where much comes at once, the kernel moves it from socket to socket
/// (<see cref="SplicePipe"/>), unless an addon looks at the bytes.
/// </summary>
/// <param name="from">Where bytes come from.</param>
/// <param name="to">Where they go.</param>
/// <param name="fromClient">Whether the client sends them.</param>
/// <param name="broken">Shared with the other direction.</param>
/// <param name="deadline">Armed while nothing passes.</param>
/// <param name="idleTimeout">How long nothing may pass.</param>
/// <param name="pipes">What the kernel moves much at once with; null to copy always.</param>
/// <param name="hello">Looks at what the client sends first; null in the other direction.</param>
/// <param name="tap">Where addons see the bytes; null when none wants to.</param>
internal sealed class TunnelLane(
    BufferedConnection from, BufferedConnection to, bool fromClient, BrokenLane broken, Deadline deadline, TimeSpan idleTimeout,
    SplicePipes? pipes = null, HelloWatch? hello = null, TunnelTap? tap = null)
{
    private const int PieceBytes = 64 * 1024;
    private const int RecordBytes = 16 * 1024;

    // A pipe pays off only for what is larger than this.
    private const long SplicesAfterBytes = 512 * 1024;

    // Both sides may be ready for ever; others on this thread are to have their turn.
    private const long YieldsAfterBytes = 4 * 1024 * 1024;

    private readonly bool _maySplice = pipes is not null && SplicePipes.AreSupported && from.IsPlain && to.IsPlain;
    private long _bytes;
    private long _burst;
    private bool _isWriting;

    /// <summary>Bytes that were passed on so far. Read from any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How it ended.</summary>
    public LaneEnd End { get; private set; }

    /// <summary>Passes bytes on until there are no more. A broken side cuts the other.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (from.HasBuffered) await PassOnAsync(from.TakeBuffered());
            from.ReleaseBuffer();
            if (from.IsPlain)
            {
                do await WaitAsync(); while (await PassOnReadyAsync());
            }
            else
            {
                await RunTlsToEndAsync();
            }

            End = LaneEnd.Ended;
            await to.StopSendingAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or AddonException)
        {
            // Before the other lane can notice what is done here.
            End = _isWriting ? LaneEnd.TargetBroke : LaneEnd.SourceBroke;
            broken.Note(this);
            from.Abort();
            to.Abort();
        }
    }

    /// <summary>Nobody knows how long it takes: nothing is held meanwhile, and not even a method of ours waits but the one that runs all of it.</summary>
    private ValueTask<int> WaitAsync()
    {
        deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
        var ready = from.Stream.ReadAsync(Memory<byte>.Empty);
        if (!ready.IsCompleted) _burst = 0;
        return ready;
    }

    /// <returns>False at the end.</returns>
    private ValueTask<bool> PassOnReadyAsync() =>
        _burst >= SplicesAfterBytes && MaySplice && SplicePipes.AreSupported && pipes!.TryLend() is { } pipe ? SpliceAsync(pipe) : CopyAsync();

    /// <summary>All of it for TLS, whose records are put together by the connection.</summary>
    private async Task RunTlsToEndAsync()
    {
        while (true)
        {
            deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
            var count = await from.FillAsync();
            if (count == 0) return;
            await PassOnAsync(from.TakeBuffered());
            if (count >= RecordBytes) from.UseBodyBuffer();
            else from.ReleaseBuffer();
        }
    }

    private bool MaySplice => _maySplice && hello is not { IsDone: false } && tap is not { WantsData: true };

    /// <returns>False at the end.</returns>
    private async ValueTask<bool> CopyAsync()
    {
        // Not returned when something fails: it may still be in use then.
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        long total = 0;
        int count;
        do
        {
            count = await from.Stream.ReadAsync(buffer);
            if (count > 0) await PassOnAsync(buffer.AsMemory(0, count));
            total += count;
        }
        while (count == buffer.Length && total < SplicesAfterBytes);
        ArrayPool<byte>.Shared.Return(buffer);
        _burst += total;
        return total > 0;
    }

    private ValueTask PassOnAsync(ReadOnlyMemory<byte> piece)
    {
        if (hello is { IsDone: false }) Look(piece);
        return tap is null ? WriteAsync(piece) : TapAsync(piece, tap);
    }

    private void Look(ReadOnlyMemory<byte> piece)
    {
        hello!.See(piece.Span);
        if (tap is not null) tap.Flow.ClientHello = hello.Hello;
    }

    private async ValueTask TapAsync(ReadOnlyMemory<byte> piece, TunnelTap tap)
    {
        var passed = await tap.PassAsync(piece, fromClient);
        if (!passed.IsEmpty) await WriteAsync(passed);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _isWriting = true;
        var writing = to.WriteAsync(bytes);
        if (!writing.IsCompletedSuccessfully) return AwaitAsync(writing, bytes.Length);
        writing.GetAwaiter().GetResult();
        Count(bytes.Length);
        return default;
    }

    private async ValueTask AwaitAsync(ValueTask writing, int count)
    {
        await writing;
        Count(count);
    }

    private void Count(long count)
    {
        // One writer; readers see a number that is at most one piece old.
        _isWriting = false;
        Volatile.Write(ref _bytes, _bytes + count);
        tap?.Count(count, fromClient);
    }

    /// <summary>Moves what there is until nothing more has come.</summary>
    /// <returns>False at the end.</returns>
    [SupportedOSPlatform("linux")]
    private async ValueTask<bool> SpliceAsync(SplicePipe pipe)
    {
        try
        {
            long sinceYield = 0;
            while (MaySplice)
            {
                _isWriting = false;
                var count = pipe.TakeIn(from.Socket);
                if (count <= 0) return count < 0;

                _isWriting = true;
                while (pipe.Held > 0)
                {
                    if (!pipe.TryHandOn(to.Socket)) await TakeOutAsync(pipe);
                }

                Count(count);
                deadline.Arm(DeadlineKind.Tunnel, idleTimeout);
                sinceYield += count;
                if (sinceYield < YieldsAfterBytes) continue;
                sinceYield = 0;
                await Task.Yield();
            }

            return true;
        }
        finally
        {
            pipes!.Return(pipe);
        }
    }

    /// <summary>The target is full: what it is waited for with is an ordinary write.</summary>
    [SupportedOSPlatform("linux")]
    private async ValueTask TakeOutAsync(SplicePipe pipe)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        await to.Stream.WriteAsync(buffer.AsMemory(0, pipe.TakeOut(buffer)));
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
