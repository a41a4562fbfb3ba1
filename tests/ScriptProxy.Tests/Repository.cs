namespace ScriptProxy.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ScriptProxy.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("ScriptProxy.sln was not found above the tests.");
    }
}
