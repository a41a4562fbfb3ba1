using System.Diagnostics;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>
/// A program of others, found on PATH and run in a folder of its own. Its environment is empty but for what it is given: which roots this
/// machine trusts, and which proxy it uses, do not count.
/// </summary>
/// <param name="names">What it is called; the first one found is run.</param>
/// <param name="package">The Debian package that brings it.</param>
/// <param name="folder">Its home and working folder.</param>
internal sealed class ClientProgram(string[] names, string package, string folder)
{
    public ClientProgram(string name, string package, string folder)
        : this([name], package, folder)
    {
    }

    /// <summary>Its variables, beside PATH, HOME and the locale.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>How long it may take.</summary>
    public TimeSpan Patience { get; init; } = Eventually.Patience;

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="InvalidOperationException">It is not installed; the message names the package.</exception>
    /// <exception cref="TimeoutException">It did not end; it was killed.</exception>
    public async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = folder;
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var (name, value) in Environment) start.Environment[name] = value;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramRun(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{names[0]} {string.Join(' ', arguments)} did not end within {Patience.TotalSeconds} s.");
        }
    }

    /// <summary>Where it is.</summary>
    /// <exception cref="InvalidOperationException">It is not installed; the message names the package.</exception>
    public string Find()
    {
        var folders = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        foreach (var name in names)
        {
            foreach (var candidate in folders.Select(path => Path.Combine(path, name)))
            {
                if (File.Exists(candidate)) return candidate;
            }
        }

        throw new InvalidOperationException($"{names[0]} is not on PATH. Install the Debian package {package}.");
    }
}
