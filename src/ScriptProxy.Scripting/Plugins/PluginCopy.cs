using System.Security.Cryptography;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>A plugin's folder, copied to where it can be mapped while the original is rebuilt.</summary>
/// <param name="Folder">The copy.</param>
/// <param name="Files">The originals as they were when copied.</param>
internal sealed record PluginCopy(string Folder, IReadOnlyList<ScriptFile> Files)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Whether nothing was written while it was copied.</summary>
    public bool IsSettled => Files.All(file => FileFingerprint.Of(file.Path) == file.Fingerprint);

    /// <summary>Copies the folder of a plugin (absolute) into a new one of the store.</summary>
    /// <exception cref="IOException">A file is gone, or there is no space.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static PluginCopy Make(string plugin, IReadOnlyList<string> files, PluginStore store)
    {
        var from = Path.GetDirectoryName(plugin)!;
        var to = store.CreateFolder();
        try
        {
            return new PluginCopy(to, [.. files.Select(file => Copy(file, Path.Combine(to, Path.GetRelativePath(from, file))))]);
        }
        catch
        {
            store.Remove(to);
            throw;
        }
    }

    private static ScriptFile Copy(string from, string to)
    {
        var fingerprint = FileFingerprint.Of(from);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        while (source.Read(buffer) is var count and > 0)
        {
            content.AppendData(buffer, 0, count);
            target.Write(buffer, 0, count);
        }

        return new ScriptFile(from, Convert.ToHexStringLower(content.GetHashAndReset()), fingerprint);
    }
}
