using System.Security.Cryptography;
using ScriptProxy.Engine;

namespace ScriptProxy.Scripting.Watching;

/// <summary>
/// Files as they were when first asked for. What is compiled, hashed and watched are the same bytes, however often an editor saves
/// meanwhile. Not thread-safe.
/// </summary>
/// <param name="earlier">Files read before, to be seen as they were then; null to read everything anew.</param>
internal sealed class FileSnapshot(FileSnapshot? earlier = null)
{
    private readonly Dictionary<string, (ScriptFile File, byte[]? Content, string? Problem)> _files = new(StringComparer.Ordinal);

    /// <summary>Every file that was asked for, missing ones included.</summary>
    public IReadOnlyList<ScriptFile> Files => [.. _files.Values.Select(entry => entry.File)];

    /// <summary>Whether no file has changed since it was read.</summary>
    public bool IsUpToDate => _files.Values.All(entry => FileFingerprint.Of(entry.File.Path) == entry.File.Fingerprint);

    /// <summary>Lets a text be seen as a file that is not there.</summary>
    public void Add(string path, byte[] content) => _files[path] = (new ScriptFile(path, Convert.ToHexStringLower(SHA256.HashData(content)), default), content, null);

    /// <summary>The content of a file; null when it cannot be read.</summary>
    public byte[]? Read(string path) => Look(path).Content;

    /// <summary>The hash of a file's content; null when it cannot be read.</summary>
    public string? Hash(string path) => Look(path).File.Hash;

    /// <summary>Whether there is no such file, or a link that leads nowhere.</summary>
    public bool IsMissing(string path) => !Look(path).File.Fingerprint.Exists;

    /// <summary>Why a file cannot be read; null when it can.</summary>
    public string? Problem(string path) => Look(path).Problem;

    private (ScriptFile File, byte[]? Content, string? Problem) Look(string path)
    {
        if (_files.TryGetValue(path, out var known)) return known;
        if (earlier is not null && earlier._files.TryGetValue(path, out known)) return _files[path] = known;

        var fingerprint = FileFingerprint.Of(path);
        byte[]? content = null;
        string? problem = null;
        try
        {
            content = NamedFile.ReadBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "no such file";
        }
        catch (UnauthorizedAccessException)
        {
            problem = Directory.Exists(path) ? "is a folder, not a file" : "no permission to read it";
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            problem = exception.Message;
        }

        var hash = content is null ? null : Convert.ToHexStringLower(SHA256.HashData(content));
        return _files[path] = (new ScriptFile(path, hash, fingerprint), content, problem);
    }
}
