using System.Runtime.InteropServices;

namespace ScriptProxy.Cli;

/// <summary>Ctrl+C and SIGTERM: the first asks to stop, a second one ends the process at once with 128 + the signal's number.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;
    private PosixSignal? _first;
    private volatile bool _isAside;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, 130)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, 143)),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Ends with the first signal.</summary>
    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (_stop.Token.Register(stopped.SetResult)) await stopped.Task;
    }

    /// <summary>The exit code of who was stopped by a signal: 128 and its number; 0 when there was none.</summary>
    public int ExitCode => _first switch { PosixSignal.SIGINT => 130, PosixSignal.SIGTERM => 143, _ => 0 };

    /// <summary>Leaves what comes from here on to somebody else.</summary>
    /// <returns>What came before; null when nothing did.</returns>
    public PosixSignal? StandAside()
    {
        _isAside = true;
        return _first;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (_isAside) return;
        _first ??= context.Signal;
        if (Interlocked.Increment(ref _count) > 1) Environment.Exit(exitCode);
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The signal crossed the end of the process, which is what it asked for.
        }
    }
}
