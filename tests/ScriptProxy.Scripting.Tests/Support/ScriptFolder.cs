namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>A folder for the scripts of one test; gone afterwards.</summary>
internal sealed class ScriptFolder : IDisposable
{
    public ScriptFolder() => Root = Directory.CreateTempSubdirectory("scriptproxy-tests-").FullName;

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Writes a file in place, folders included.</summary>
    public string Write(string name, string content)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Writes a file as careful editors do: a new one beside it, then a rename over it.</summary>
    public void Replace(string name, string content) => File.Move(Write(name + ".tmp", content), PathOf(name), overwrite: true);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
