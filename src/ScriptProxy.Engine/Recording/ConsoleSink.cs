using System.Text;
using System.Threading.Channels;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Prints a line per flow. Flows only queue their record; one thread of its own formats and writes, so that a terminal that is scrolled
/// back, or a pipe nobody reads, never holds up traffic. When the queue is full, records are dropped, counted, and the count is printed.
/// </summary>
internal sealed class ConsoleSink : IFlowSink, IAsyncDisposable
{
    private const int Capacity = 8192;
    private const int BatchCharacters = 32 * 1024;

    // Waking the writer for each record costs the flow more than the record; a line that comes this late is not noticed.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly Channel<FlowRecord> _queue = Channel.CreateBounded<FlowRecord>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TextWriter _output;
    private readonly FlowLine _line;
    private long _dropped;

    /// <summary>Starts the writing thread.</summary>
    /// <param name="output">Where lines go; used by one thread at a time, not closed.</param>
    /// <param name="line">How they look.</param>
    /// <param name="withHeaders">Whether header lines are printed below each flow.</param>
    public ConsoleSink(TextWriter output, FlowLine line, bool withHeaders)
    {
        _output = output;
        _line = line;
        WantsHeaders = withHeaders;
        new Thread(Write) { IsBackground = true, Name = "Console" }.Start();
    }

    /// <inheritdoc/>
    public bool WantsHeaders { get; }

    /// <inheritdoc/>
    public void Record(FlowRecord record)
    {
        if (!_queue.Writer.TryWrite(record)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Prints what is queued and ends the thread. An output that takes nothing for two seconds loses the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        await _stopping.CancelAsync();
        try
        {
            await _finished.Task.WaitAsync(FlushTimeout);
            _stopping.Dispose();
        }
        catch (TimeoutException)
        {
            // Nobody reads the output: the background thread stays blocked in it and dies with the process.
        }
    }

    private void Write()
    {
        var batch = new StringBuilder();
        while (WaitForRecord())
        {
            var count = 0;
            while (batch.Length < BatchCharacters && _queue.Reader.TryRead(out var record))
            {
                _line.Append(batch, record);
                count++;
            }

            WriteBatch(batch, count);
            if (_queue.Reader.Count == 0) _stopping.Token.WaitHandle.WaitOne(Pause);
        }

        WriteBatch(batch, 0);
        _finished.SetResult();
    }

    private void WriteBatch(StringBuilder batch, int count)
    {
        var dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped > 0) batch.Append("… ").Append(dropped).Append(" flows not shown: the output is too slow or failed\n");
        if (batch.Length > 0 && !TryWrite(batch)) Interlocked.Add(ref _dropped, dropped + count);
        batch.Clear();
    }

    /// <summary>Blocks until there is a record; false when there will be none. The thread is this sink's own: blocking it is what it is for.</summary>
    private bool WaitForRecord()
    {
        var wait = _queue.Reader.WaitToReadAsync();
        return wait.IsCompletedSuccessfully ? wait.Result : wait.AsTask().GetAwaiter().GetResult();
    }

    private bool TryWrite(StringBuilder batch)
    {
        try
        {
            _output.Write(batch);
            _output.Flush();
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A full disk behind a redirected output, a terminal that went away: the flows count as not shown, traffic goes on.
            return false;
        }
    }
}
