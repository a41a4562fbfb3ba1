namespace ScriptProxy.Engine.Certificates;

/// <summary>Writes a file so that whoever opens its name, and whoever kills us, finds the old content or the new one and nothing between.</summary>
internal static class AtomicFile
{
    /// <summary>Writes under another name, flushes to the disk, and renames. The file has its mode before it has content.</summary>
    /// <param name="path">Replaced when it is there.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">On Windows the folder's access control counts.</param>
    /// <exception cref="IOException">It cannot be written; what was there is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; what was there is unchanged.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode) => Write(path, content, mode, $"{path}.{Environment.ProcessId}.new");

    /// <summary>The same by way of a name that is given: in the same folder, and used by nobody else at the time; what is there is a leftover.</summary>
    /// <param name="path">Replaced when it is there.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">On Windows the folder's access control counts.</param>
    /// <param name="temporary">The other name.</param>
    /// <param name="before">Called before each change to the folder; null for nothing.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, string temporary, Action? before = null)
    {
        before?.Invoke();
        File.Delete(temporary);
        before?.Invoke();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                before?.Invoke();
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            before?.Invoke();
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }
    }
}
