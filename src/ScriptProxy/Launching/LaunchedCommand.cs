using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ScriptProxy.Cli.Clients;

namespace ScriptProxy.Cli.Launching;

/// <summary>
/// A command that runs with our input, output, terminal and process group, as if the shell had started it. Signals that reach us alone are handed on;
/// what is typed at the terminal reaches it anyway.
/// </summary>
internal sealed partial class LaunchedCommand : IDisposable
{
    /// <summary>Ours: what it says is no business of the command's, and it may hold a passphrase.</summary>
    private const string OwnPrefix = "SCRIPTPROXY_";

    private const int BrokenPipe = 13;

    private readonly Process _process;
    private readonly List<PosixSignalRegistration> _registrations = [];

    private LaunchedCommand(Process process)
    {
        _process = process;
        foreach (var signal in Relayed()) _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">A file; see <see cref="ProgramFile"/>.</param>
    /// <param name="arguments">What follows it.</param>
    /// <param name="variables">Set beside the variables that we were given ourselves.</param>
    /// <exception cref="Win32Exception">The system cannot run it.</exception>
    public static LaunchedCommand Start(string program, IEnumerable<string> arguments, IEnumerable<ClientVariable> variables)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(IsOwn).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        if (!OperatingSystem.IsWindows()) HandleBrokenPipe();
        return new LaunchedCommand(Process.Start(start)!);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; 128 and the signal's number when a signal ended it.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        return _process.ExitCode;
    }

    /// <summary>Hands on a signal that we got, unless it came from the terminal, which sends it to both of us.</summary>
    public void Relay(PosixSignal signal)
    {
        if (OperatingSystem.IsWindows() || (signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT && Foreground.IsOurs())) return;
        try
        {
            // Once it has ended its number may be another's. Nothing to do about a failure: it has just ended.
            if (!_process.HasExited) _ = Kill(_process.Id, Number(signal));
        }
        catch (InvalidOperationException)
        {
            // Disposed: the signal crossed the end.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _process.Dispose();
    }

    /// <summary>
    /// The runtime ignores SIGPIPE, and what is ignored is inherited: "yes | head" would end with an error. What is handled begins anew in a child. The
    /// handler has to do nothing, at any moment, so it is a function of the system that does just that.
    /// </summary>
    private static void HandleBrokenPipe() => _ = Handle(BrokenPipe, NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getpid"));

    private static bool IsOwn(string name) => name.StartsWith(OwnPrefix, StringComparison.Ordinal) || name == Program.InlineCompletions;

    private static IEnumerable<PosixSignal> Relayed()
    {
        yield return PosixSignal.SIGINT;
        yield return PosixSignal.SIGQUIT;
        yield return PosixSignal.SIGTERM;
        yield return PosixSignal.SIGHUP;
        if (OperatingSystem.IsWindows()) yield break;

        // SIGUSR1 and SIGUSR2, which have other numbers elsewhere.
        yield return (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);
        yield return (PosixSignal)(OperatingSystem.IsLinux() ? 12 : 31);
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Whatever it does about the signal decides what we do: we end when it has ended.
        context.Cancel = true;
        Relay(context.Signal);
    }

    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        PosixSignal.SIGTERM => 15,
        _ => (int)signal,
    };

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Handle(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
