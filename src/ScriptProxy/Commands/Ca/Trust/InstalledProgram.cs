using System.ComponentModel;
using System.Diagnostics;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>Runs a program of the system to its end.</summary>
/// <param name="name">Found on PATH.</param>
/// <param name="remedy">How to get it.</param>
internal sealed class InstalledProgram(string name, string remedy)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs it.</summary>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="CaException">It failed, does not end, or is not there.</exception>
    public void Run(string? input, params string[] arguments)
    {
        var (exitCode, output) = Try(input, arguments);
        if (exitCode != 0) throw new CaException($"{name} {arguments[0]} failed with exit code {exitCode}: {Line(output)}");
    }

    /// <summary>Runs it, whatever it says.</summary>
    /// <returns>Its exit code, and both its outputs.</returns>
    /// <exception cref="CaException">It does not end, or is not there.</exception>
    public (int ExitCode, string Output) Try(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (input is not null) process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (process.WaitForExit(Patience)) return (process.ExitCode, errors.Result + output.Result);
            process.Kill(entireProcessTree: true);
            throw new CaException($"{name} {arguments[0]} did not end within {Patience.TotalMinutes} minutes.");
        }
        catch (Win32Exception exception)
        {
            throw new CaException($"{name}: cannot be run ({exception.Message}). {remedy}", innerException: exception);
        }
        catch (IOException)
        {
            // It ended without reading its input; its exit code says why.
            return (1, "it did not read the certificate");
        }
    }

    private static string Line(string output) => output.Trim().ReplaceLineEndings(" ");
}
