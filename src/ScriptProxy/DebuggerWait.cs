namespace ScriptProxy.Cli;

/// <summary>Holds the start until a debugger is there, so that breakpoints in top-level code and OnLoad are hit.</summary>
/// <param name="error">Where the process number is told.</param>
/// <param name="isAttached">Whether a debugger is attached now.</param>
internal sealed class DebuggerWait(TextWriter error, Func<bool> isAttached)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits.</summary>
    /// <returns>False when it was told to stop before a debugger came.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        if (isAttached()) return true;
        await error.WriteLineAsync($"Waiting for a debugger to attach to process {Environment.ProcessId}; Ctrl+C ends the wait.");
        try
        {
            while (!isAttached()) await Task.Delay(Interval, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
