using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ScriptProxy.Tests;

/// <summary>The built executable, running in a folder of its own. Disposing kills it if it still runs and removes the folder.</summary>
internal sealed partial class CommandProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private CommandProcess(DirectoryInfo folder, string[] arguments)
    {
        _folder = folder;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "scriptproxy.exe" : "scriptproxy"), arguments)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SCRIPTPROXY_CA_DIR"] = Path.Combine(folder.FullName, "ca");
        start.Environment["SCRIPTPROXY_CACHE_DIR"] = Path.Combine(folder.FullName, "cache");
        start.Environment["SCRIPTPROXY_LISTEN"] = "127.0.0.1:0";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Standard error so far, by line.</summary>
    public string[] Errors
    {
        get
        {
            lock (_errors) return [.. _errors];
        }
    }

    /// <summary>Standard output so far, by line.</summary>
    public string[] Output
    {
        get
        {
            lock (_output) return [.. _output];
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="prepare">Puts files into the folder it will run in.</param>
    /// <param name="arguments">The command line.</param>
    public static CommandProcess Start(Action<string>? prepare, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("scriptproxy-cli-");
        prepare?.Invoke(folder.FullName);
        return new CommandProcess(folder, arguments);
    }

    /// <summary>A file or folder below the one it runs in.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Ends it at once, as SIGKILL does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits until it listens.</summary>
    /// <returns>The port.</returns>
    public async Task<int> ListeningAsync()
    {
        var match = Match.Empty;
        await UntilAsync(() => Errors.Any(line => (match = Listening().Match(line)).Success));
        return int.Parse(match.Groups[1].Value);
    }

    /// <summary>Polls until the condition holds; fails when the process ends before or takes too long.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!condition())
        {
            Assert.False(_process.HasExited && !condition(), $"The process ended before it should: {string.Join('\n', Errors)}");
            Assert.True(DateTime.UtcNow < deadline, $"Waited in vain: {string.Join('\n', Errors)}");
            await Task.Delay(20);
        }
    }

    /// <summary>Sends a signal, such as TERM.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString()]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static void Add(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }

    [GeneratedRegex(@"listens on 127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}
