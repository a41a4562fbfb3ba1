using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Launching;

/// <summary>Finds the program of a command as a shell does.</summary>
internal static class ProgramFile
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Looks for it: a word with a slash is a path, any other is looked for on PATH.</summary>
    /// <param name="command">The first word of the command.</param>
    /// <param name="path">PATH; null when not set.</param>
    /// <param name="found">What to run.</param>
    /// <param name="problem">Why there is nothing to run; null when there is.</param>
    /// <returns>0, or what a shell would end with: 127 when there is no such program, 126 when it cannot be run.</returns>
    public static int Find(string command, string? path, out string found, out string? problem)
    {
        (found, problem) = (command, null);
        if (OperatingSystem.IsWindows()) return 0;
        var shown = Printable.Escape(command);
        var isPath = command.Contains('/', StringComparison.Ordinal);
        var candidates = isPath ? [command] : (path ?? "/usr/local/bin:/usr/bin:/bin").Split(':').Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, command));
        string? unusable = null;
        foreach (var candidate in command.Length == 0 ? [] : candidates)
        {
            if (File.Exists(candidate) && (File.GetUnixFileMode(candidate) & AnyExecute) != 0)
            {
                found = Path.GetFullPath(candidate);
                return 0;
            }

            if (Path.Exists(candidate)) unusable ??= candidate;
        }

        if (unusable is not null && (isPath || File.Exists(unusable)))
        {
            problem = Directory.Exists(unusable) ? $"{shown}: is a folder, not a program." : $"{shown}: is not executable. Run: chmod +x {Printable.Escape(unusable)}";
            return ExitCode.NotExecutable;
        }

        problem = isPath ? $"{shown}: there is no such program." : $"{shown}: there is no such program on PATH.";
        return ExitCode.NotFound;
    }
}
