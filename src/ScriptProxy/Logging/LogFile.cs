using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;

namespace ScriptProxy.Cli.Logging;

/// <summary>
/// The log file: JSON lines, rolled by day and size, readable by its owner only. Written by a thread of its own; what goes wrong after
/// the start, a full disk for one, is said once and changes nothing else.
/// </summary>
internal static class LogFile
{
    private const long LongestBytes = 100_000_000;
    private const int FilesKept = 7;

    /// <summary>Opens the file.</summary>
    /// <param name="path">Its path; the date is put before the extension.</param>
    /// <param name="queueLength">How many lines may wait.</param>
    /// <param name="queue">Watches the queue.</param>
    /// <param name="warn">Is told, once, that the file can no longer be written.</param>
    /// <exception cref="LogFileException">It cannot be written now.</exception>
    public static Logger Open(string path, int queueLength, QueueMonitor queue, Action<string> warn)
    {
        Probe(path);
        WarnOnce(path, warn);
        return new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Async(
                sinks => sinks.File(
                    new EscapedJsonFormatter(),
                    path,
                    rollingInterval: RollingInterval.Day,
                    fileSizeLimitBytes: LongestBytes,
                    rollOnFileSizeLimit: true,
                    retainedFileCountLimit: FilesKept,
                    hooks: new PrivateFileHooks()),
                queue,
                queueLength)
            .CreateLogger();
    }

    /// <summary>Opens today's file as the sink will, which itself would keep quiet about a failure.</summary>
    private static void Probe(string path)
    {
        try
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var name = Path.GetFileNameWithoutExtension(path) + DateTime.Now.ToString("yyyyMMdd", CultureInfo.InvariantCulture) + Path.GetExtension(path);
            Directory.CreateDirectory(directory);
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            new FileStream(Path.Combine(directory, name), options).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LogFileException(path, exception);
        }
    }

    private static void WarnOnce(string path, Action<string> warn)
    {
        var said = 0;
        SelfLog.Enable(message =>
        {
            // Messages that found the queue full are counted by its monitor.
            if (message.Contains("unable to enqueue", StringComparison.Ordinal) || Interlocked.Exchange(ref said, 1) != 0) return;
            var cause = message.Split('\n')[0].Trim().Split("Exception: ")[^1];
            warn($"--log-file \"{path}\": cannot be written any more, traffic goes on without it: {cause}");
        });
    }
}
