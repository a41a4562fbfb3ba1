using System.Globalization;
using System.Security.Cryptography;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>
/// Where the plugins of this process run from: copies, so that a build can replace the originals while they are mapped. The folder is
/// this process's alone; it goes when it is disposed and the last copy is removed, whichever comes later. What a killed process left
/// behind goes at the next start. Thread-safe.
/// </summary>
/// <param name="cacheDirectory">Absolute; null, or a folder that cannot be trusted, means the system's folder for temporary files.</param>
internal sealed class PluginStore(string? cacheDirectory) : IDisposable
{
    private const string TemporaryPrefix = "scriptproxy-plugins-";
    private const string LockName = ".lock";

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private string? _root;
    private FileStream? _held;
    private int _made;
    private bool _disposed;

    /// <summary>Makes an empty folder.</summary>
    /// <exception cref="IOException">No place can be had.</exception>
    public string CreateFolder()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var folder = Directory.CreateDirectory(Path.Combine(_root ??= Open(), (++_made).ToString(CultureInfo.InvariantCulture))).FullName;
            _folders.Add(folder);
            return folder;
        }
    }

    /// <summary>
    /// The path to load a native library from. One that is loaded stays loaded for the life of the process; the same content has the
    /// same path however often its plugin is reloaded, so that it is loaded once. Libraries beside it come along, because it may need them.
    /// </summary>
    public string NativePath(string library)
    {
        var family = Directory.EnumerateFiles(Path.GetDirectoryName(library)!).Where(IsNative).Append(library).Distinct().Order(StringComparer.Ordinal).ToList();
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in family)
        {
            content.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(file)));
            content.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        lock (_gate)
        {
            var folder = Path.Combine(_root ??= Open(), "native", Convert.ToHexStringLower(content.GetHashAndReset().AsSpan(0, 16)));
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                foreach (var file in family) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            return Path.Combine(folder, Path.GetFileName(library));
        }
    }

    /// <summary>Removes a folder that was made here. What is mapped from it stays in memory.</summary>
    public void Remove(string folder)
    {
        Delete(folder);
        lock (_gate)
        {
            _folders.Remove(folder);
            CloseWhenEmpty();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CloseWhenEmpty();
        }
    }

    private void CloseWhenEmpty()
    {
        if (!_disposed || _folders.Count > 0 || _root is null) return;
        Delete(_root);
        _held?.Dispose();
        _root = null;
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It goes with the process's folder, or at a later start.
        }
    }

    private static bool IsNative(string file)
    {
        var name = Path.GetFileName(file);
        return OperatingSystem.IsWindows() ? name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            : name.Contains(".so", StringComparison.Ordinal) || name.EndsWith(".dylib", StringComparison.Ordinal);
    }

    private string Open()
    {
        var folder = InCache() ?? Directory.CreateTempSubdirectory(TemporaryPrefix).FullName;
        RemoveLeftovers(folder);
        _held = new FileStream(Path.Combine(folder, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        return folder;
    }

    private string? InCache()
    {
        if (cacheDirectory is null || PrivateFolder.Prepare(cacheDirectory) is not null) return null;
        try
        {
            return Directory.CreateDirectory(Path.Combine(cacheDirectory, "plugins", Guid.NewGuid().ToString("N"))).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Full or read only.
            return null;
        }
    }

    /// <summary>Removes folders beside <paramref name="own"/> whose process has ended, which gave up its lock.</summary>
    private static void RemoveLeftovers(string own)
    {
        var prefix = Path.GetFileName(own).StartsWith(TemporaryPrefix, StringComparison.Ordinal) ? TemporaryPrefix : "";
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(Path.GetDirectoryName(own)!, prefix + "*"))
            {
                if (folder != own && IsMine(folder) && IsLeftOver(folder)) Delete(folder);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Removed by another process that starts.
        }
    }

    private static bool IsMine(string folder) => OperatingSystem.IsWindows() || FileStatus.Of(folder)?.Owner == FileStatus.CurrentUser();

    private static bool IsLeftOver(string folder)
    {
        try
        {
            using var held = new FileStream(Path.Combine(folder, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (FileNotFoundException)
        {
            // Made just now and about to be locked, or never finished.
            return DateTime.UtcNow - Directory.GetCreationTimeUtc(folder) > LongestStart;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
