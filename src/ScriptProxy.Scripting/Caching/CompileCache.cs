using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Caching;

/// <summary>
/// Compiled scripts on disk, one file for each script, so that a start needs no compiler. Nothing about it is needed: what cannot be
/// read is compiled again, what cannot be written is said once. Thread-safe; several processes may share the folder.
/// </summary>
/// <param name="directory">Absolute. Made when missing; not used when others could write to it.</param>
/// <param name="debug">Whether scripts are compiled for a debugger.</param>
/// <param name="logger">Where a folder that cannot be used is told.</param>
/// <param name="timeProvider">What age is measured by.</param>
internal sealed partial class CompileCache(string directory, bool debug, ILogger logger, TimeProvider timeProvider)
{
    private const string Extension = ".script";
    private const string TemporaryExtension = ".tmp";
    private const long MostBytes = 128 * 1024 * 1024;

    private static readonly TimeSpan LongestUnused = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongestWrite = TimeSpan.FromHours(1);
    private static readonly TimeSpan UseIsNotedAfter = TimeSpan.FromDays(1);
    private static readonly string Host = DescribeHost();

    private int _told;

    /// <summary>The compiled script, if its files are the same as when it was compiled, for the same contract and runtime; else null.</summary>
    /// <param name="path">The script, absolute.</param>
    /// <param name="files">Files already read; those read here are added only to the script's own.</param>
    public CompiledScript? Find(string path, FileSnapshot files)
    {
        if (!IsUsable()) return null;
        var entry = EntryOf(path);
        try
        {
            var found = File.Exists(entry) ? CacheEntry.Read(File.ReadAllBytes(entry), path, new FileSnapshot(files)) : null;
            if (found is not null) NoteUse(entry);
            return found;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Compiled instead.
            return null;
        }
    }

    /// <summary>Keeps a compiled script: whole or not at all, however the process ends meanwhile. Then removes what is old or too much.</summary>
    public void Store(CompiledScript script)
    {
        if (!IsUsable()) return;
        var entry = EntryOf(script.Path);
        var temporary = $"{entry}.{Guid.NewGuid():N}{TemporaryExtension}";
        try
        {
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                {
                    stream.Write(CacheEntry.Write(script));
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, entry, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Tell(exception.Message.Split('\n')[0].TrimEnd('\r', '.'));
            return;
        }

        Trim();
    }

    /// <summary>All that a compiled script depends on beside its files: how it was compiled, and against what.</summary>
    private static string DescribeHost() => string.Join(
        '|',
        typeof(CompileCache).Module.ModuleVersionId,
        typeof(Addon).Module.ModuleVersionId,
        typeof(object).Module.ModuleVersionId,
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES"));

    private string EntryOf(string path)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{path}|{debug}|{Host}"));
        return Path.Combine(directory, Convert.ToHexStringLower(key.AsSpan(0, 16)) + Extension);
    }

    private bool IsUsable()
    {
        if (PrivateFolder.Prepare(directory) is not { } problem) return true;
        Tell(problem);
        return false;
    }

    private void Tell(string problem)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0) Log.NotKept(logger, directory, problem);
    }

    private void NoteUse(string entry)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        if (now - File.GetLastWriteTimeUtc(entry) < UseIsNotedAfter) return;
        try
        {
            File.SetLastWriteTimeUtc(entry, now);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A cache that is read only ages, and nothing is removed from it.
        }
    }

    private void Trim()
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        var left = MostBytes;
        try
        {
            foreach (var file in new DirectoryInfo(directory).EnumerateFiles().Where(IsOurs).OrderByDescending(file => file.LastWriteTimeUtc).ToList())
            {
                left -= file.Length;
                var longest = file.Extension == TemporaryExtension ? LongestWrite : LongestUnused;
                if (left < 0 || now - file.LastWriteTimeUtc > longest) file.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process trims the same folder; what is left over goes next time.
        }
    }

    private static bool IsOurs(FileInfo file) => file.Extension is Extension or TemporaryExtension;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message =
            "{Folder}: compiled scripts are not kept, every start compiles them again: {Problem}. Choose another folder with --cache-dir, or none with --no-cache")]
        public static partial void NotKept(ILogger logger, string folder, string problem);
    }
}
