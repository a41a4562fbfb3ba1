using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScriptProxy.Scripting.Packages;

/// <summary>The .NET SDK of this machine, which a running proxy does not need otherwise.</summary>
/// <param name="command">The dotnet command, absolute.</param>
internal sealed class DotnetSdk(string command)
{
    private static readonly TimeSpan LongestBuild = TimeSpan.FromMinutes(5);

    // Set for processes that a build starts (dotnet run, dotnet test): they would lead our build to that one's tools.
    private static readonly string[] OfAnotherBuild = ["MSBUILD", "MSBuild", "DOTNET_CLI_TELEMETRY_SESSIONID", "DOTNET_HOST_PATH"];

    /// <summary>Finds an SDK: beside the runtime that this process runs on, in DOTNET_ROOT, or through PATH. Null when there is none.</summary>
    public static DotnetSdk? Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string?[] folders =
        [
            Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, name)).Where(HasSdk).Select(path => new DotnetSdk(path)).FirstOrDefault();
    }

    /// <summary>Builds a project into a folder.</summary>
    /// <returns>Whether it succeeded, and what was printed.</returns>
    /// <exception cref="TimeoutException">Not done within five minutes; the build was ended.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more; the build was ended.</exception>
    public async Task<(bool Succeeded, IReadOnlyList<string> Output)> BuildAsync(string project, string output, CancellationToken cancellationToken)
    {
        // No build server stays behind: it would hold memory beside a proxy for its own sake.
        var start = new ProcessStartInfo(command, ["build", project, "-c", "Release", "-o", output, "-nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            WorkingDirectory = Path.GetDirectoryName(project)!,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in start.Environment.Keys.Where(IsOfAnotherBuild).ToList()) start.Environment.Remove(variable);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("A new process is always started.");
        process.StandardInput.Close();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(LongestBuild);
        try
        {
            var (lines, errors) = (process.StandardOutput.ReadToEndAsync(timeout.Token), process.StandardError.ReadToEndAsync(timeout.Token));
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode == 0, [.. (await lines + "\n" + await errors).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"dotnet build was not done within {LongestBuild.TotalMinutes} minutes.", exception);
        }
    }

    private static bool IsOfAnotherBuild(string variable) => OfAnotherBuild.Any(prefix => variable.StartsWith(prefix, StringComparison.Ordinal));

    private static bool HasSdk(string command)
    {
        try
        {
            if (!File.Exists(command)) return false;
            var real = new FileInfo(command).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? command;
            return Directory.Exists(Path.Combine(Path.GetDirectoryName(real)!, "sdk"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
