namespace ScriptProxy.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done, or stopped as asked.</summary>
    public const int Success = 0;

    /// <summary>Failed while running.</summary>
    public const int Failure = 1;

    /// <summary>Wrong use, or a script that does not load: nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>The command behind "--" is there and cannot be run, as shells have it.</summary>
    public const int NotExecutable = 126;

    /// <summary>The command behind "--" was not found, as shells have it.</summary>
    public const int NotFound = 127;
}
