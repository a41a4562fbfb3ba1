namespace ScriptProxy.Testing;

/// <summary>Folders of this process, deleted when it ends.</summary>
internal static class TemporaryFiles
{
    private static readonly Lazy<string> Root = new(() =>
    {
        var path = Directory.CreateTempSubdirectory("scriptproxy-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(path);
        return path;
    });

    /// <summary>One for all that like to share; the same at every call with the same name.</summary>
    public static string SharedDirectory(string name) => Directory.CreateDirectory(Path.Combine(Root.Value, name)).FullName;

    /// <summary>One for the caller alone, who may delete it earlier.</summary>
    public static string NewDirectory() => SharedDirectory(Guid.NewGuid().ToString("n"));

    public static void Delete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the folder for temporary files harms no test.
        }
    }
}
