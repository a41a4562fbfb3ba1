namespace ScriptProxy.Engine;

/// <summary>What tells that a file changed, without reading it. The target of a link is part of it: Kubernetes swaps links.</summary>
internal readonly record struct FileStamp(DateTime Written, long Length, string? Target)
{
    /// <summary>The stamp of a file; that of nothing when it cannot be looked at.</summary>
    public static FileStamp Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileStamp(file.LastWriteTimeUtc, file.Length, file.ResolveLinkTarget(returnFinalTarget: true)?.FullName) : default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading it will say why.
            return default;
        }
    }
}
