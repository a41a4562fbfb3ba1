namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>The repository that the tests were built from, and what was built with them.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The command, built in the configuration of the tests.</summary>
    public static string Executable { get; } = FindExecutable();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("ScriptProxy.sln was not found above the tests.");
    }

    private static string FindExecutable()
    {
        // …/bin/Debug/net10.0/ of the tests and of the command end alike.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var path = Path.Combine(Root, "src", "ScriptProxy", "bin", configuration.Name, framework.Name, OperatingSystem.IsWindows() ? "scriptproxy.exe" : "scriptproxy");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing, though it is built with the tests.");
    }
}
