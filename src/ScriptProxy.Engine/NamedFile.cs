namespace ScriptProxy.Engine;

/// <summary>
/// Files that a user named: read whole within bounds, since a device has no end, and with words for what is wrong with them that name nothing but what
/// the user named.
/// </summary>
internal static class NamedFile
{
    /// <summary>No script, certificate, list of users or key is this long.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    private const int PieceBytes = 64 * 1024;

    /// <summary>The content of a file.</summary>
    /// <exception cref="IOException">It cannot be read, or has more than <see cref="MostBytes"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[] ReadBytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var content = new MemoryStream();
        var piece = new byte[PieceBytes];
        while (file.Read(piece) is var count and > 0)
        {
            content.Write(piece, 0, count);
            if (content.Length > MostBytes) throw new IOException($"it has more than {MostBytes / 1024 / 1024} MB, or no end");
        }

        return content.ToArray();
    }

    /// <summary>The content of a file in UTF-8, or in what its byte order mark says.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static string ReadText(string path)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path), writable: false));
        return reader.ReadToEnd();
    }

    /// <summary>Why a file could not be read.</summary>
    /// <param name="path">The file, as it was opened.</param>
    /// <param name="exception">What opening or reading it threw.</param>
    /// <returns>A few words without a full stop.</returns>
    public static string WhyUnreadable(string path, Exception exception)
    {
        if (Directory.Exists(path)) return "it is a folder, not a file";
        return exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => LinkOf(path) is { } target ? $"it is a link to {target}, which is not there" : "there is no such file",
            UnauthorizedAccessException => "no permission to read it",
            _ => Message(exception),
        };
    }

    /// <summary>Why a file could not be written.</summary>
    /// <param name="path">The file that was to be written, whatever name the writing took.</param>
    /// <param name="exception">What writing it threw.</param>
    /// <returns>A few words without a full stop.</returns>
    public static string WhyUnwritable(string path, Exception exception)
    {
        if (Directory.Exists(path)) return "it is a folder, not a file";
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && NoFolder(folder) is { } problem) return problem;
        return exception switch
        {
            UnauthorizedAccessException => File.Exists(path) ? "no permission to write it" : $"no permission to write in {folder}",
            FileNotFoundException or DirectoryNotFoundException => $"no file can be made in {folder}",
            _ => Message(exception),
        };
    }

    /// <summary>Why files could not be written to a folder.</summary>
    /// <inheritdoc cref="WhyUnwritable" path="/returns"/>
    public static string WhyFolderUnwritable(string folder, Exception exception)
    {
        if (NoFolder(folder) is { } problem) return problem + (problem.StartsWith("there", StringComparison.Ordinal) ? ", and it cannot be made" : "");
        return exception is UnauthorizedAccessException ? "no permission to write in it" : Message(exception);
    }

    /// <returns>Null when there is such a folder.</returns>
    private static string? NoFolder(string folder)
    {
        if (Directory.Exists(folder)) return null;
        for (var above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above)) return $"{above} is a file, not a folder";
            if (Directory.Exists(above)) break;
        }

        return $"there is no folder {folder}";
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The system's own words, without the path that .NET puts behind them: it may be that of a temporary file.</summary>
    private static string Message(Exception exception)
    {
        var line = exception.Message.Split('\n')[0].TrimEnd('\r', '.');
        var path = line.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? line : line[..path];
    }
}
