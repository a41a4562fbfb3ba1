using System.Diagnostics;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>A folder as the kubelet mounts a ConfigMap: files are links into ..data, which is a link that is swapped in one rename.</summary>
internal sealed class MountedConfigMap
{
    private readonly string _folder;
    private int _version;

    /// <param name="folder">Made here.</param>
    /// <param name="files">Name and content.</param>
    public MountedConfigMap(string folder, IReadOnlyDictionary<string, string> files)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        Update(files);
        foreach (var name in files.Keys) File.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine("..data", name));
    }

    /// <summary>Replaces the content of all files at once.</summary>
    public void Update(IReadOnlyDictionary<string, string> files)
    {
        var old = _version == 0 ? null : Path.Combine(_folder, $"..version_{_version}");
        var next = $"..version_{++_version}";
        Directory.CreateDirectory(Path.Combine(_folder, next));
        foreach (var (name, text) in files) File.WriteAllText(Path.Combine(_folder, next, name), text);
        var temporary = Path.Combine(_folder, "..data_tmp");
        Directory.CreateSymbolicLink(temporary, next);

        // One rename, which .NET does not do to links that lead to folders.
        using (var move = Process.Start("mv", ["-T", temporary, Path.Combine(_folder, "..data")])) move.WaitForExit();
        if (old is not null) Directory.Delete(old, recursive: true);
    }
}
