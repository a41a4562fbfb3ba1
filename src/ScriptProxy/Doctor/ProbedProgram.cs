using System.ComponentModel;
using System.Diagnostics;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Doctor;

/// <summary>Runs the programs of others for a moment, with the variables of this shell but without a proxy.</summary>
internal static class ProbedProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Whether a program is there.</summary>
    public static string? Find(string name, Func<string, string?> environment)
    {
        var names = OperatingSystem.IsWindows() ? new[] { name + ".exe", name + ".cmd" } : [name];
        return (environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(_ => names, Path.Combine).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs it.</summary>
    /// <returns>Its exit code, its output, and the last line of its errors, fit to be shown; -1 when it took too long or cannot be run.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "*";
        start.Environment.Remove(Program.InlineCompletions);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Close();
                var (output, error) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
                await process.WaitForExitAsync(timeout.Token);
                return (process.ExitCode, await output, LastLine(await error));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, "", $"no answer within {Patience.TotalSeconds} s");
            }
        }
        catch (Win32Exception exception)
        {
            return (-1, "", exception.Message);
        }
    }

    private static string LastLine(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.LastOrDefault(line => line.Contains("certificate", StringComparison.OrdinalIgnoreCase) || line.Contains("CERT", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "";
        return Printable.Escape(line.Length > 200 ? line[..200] + "…" : line);
    }
}
