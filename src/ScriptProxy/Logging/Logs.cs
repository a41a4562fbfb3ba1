using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Recording;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace ScriptProxy.Cli.Logging;

/// <summary>
/// Where log messages go: to standard error, and to the log file when there is one. Both behind a queue of their own, so that nothing
/// that logs ever waits.
/// </summary>
internal sealed class Logs : IAsyncDisposable
{
    private const int QueueLength = 10_000;

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly SerilogLoggerFactory _factory;
    private readonly Logger _log;
    private readonly Logger? _file;
    private readonly QueueMonitor _fileQueue;
    private readonly TextWriter _console;

    private Logs(Logger log, Logger? file, QueueMonitor fileQueue, TextWriter console)
    {
        _log = log;
        _file = file;
        _fileQueue = fileQueue;
        _console = console;
        _factory = new SerilogLoggerFactory(log);
    }

    /// <summary>For everything that logs.</summary>
    public ILoggerFactory Factory => _factory;

    /// <summary>Opens the logs.</summary>
    /// <param name="options">Threshold and file.</param>
    /// <param name="console">Where messages are shown. Used from another thread.</param>
    /// <param name="colours">Whether <paramref name="console"/> shows colours.</param>
    /// <exception cref="LogFileException">The file cannot be written.</exception>
    public static Logs Open(RunOptions options, TextWriter console, bool colours)
    {
        var fileQueue = new QueueMonitor();
        var file = options.LogFile is { } path ? LogFile.Open(path, QueueLength, fileQueue, problem => Warn(console, problem)) : null;
        file?.Information("{Program} starts", VersionInfo.Full);

        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(Level(options.LogLevel))
            .WriteTo.Async(sinks => sinks.Sink(new WriterSink(console, new ConsoleLogFormatter(colours, options.LogLevel <= LogThreshold.Debug))), QueueLength);
        if (options.LogLevel >= LogThreshold.Info) configuration.MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        if (file is not null) configuration.WriteTo.Logger(file);
        return new Logs(configuration.CreateLogger(), file, fileQueue, console);
    }

    /// <summary>A sink that writes flows to the log file; null when there is none.</summary>
    public IFlowSink? FlowSink(bool withHeaders) => _file is null ? null : new LogFileFlowSink(_file, withHeaders);

    /// <summary>Writes what is queued. Outputs that take nothing for two seconds lose the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        _factory.Dispose();
        try
        {
            await Task.Run(() =>
            {
                _log.Dispose();
                _file?.Dispose();
            }).WaitAsync(FlushTimeout);
            if (_fileQueue.Dropped > 0) Warn(_console, $"{_fileQueue.Dropped} lines are missing in the log file: it was written too slowly");
        }
        catch (Exception exception) when (exception is TimeoutException or IOException)
        {
            // Nobody reads standard error, or the disk is full or hangs: the process ends all the same.
        }
    }

    private static void Warn(TextWriter console, string problem) =>
        console.WriteLine($"{DateTime.Now:HH:mm:ss} warning: {Printable.Escape(problem)}");

    private static LogEventLevel Level(LogThreshold threshold) => threshold switch
    {
        LogThreshold.Trace => LogEventLevel.Verbose,
        LogThreshold.Debug => LogEventLevel.Debug,
        LogThreshold.Info => LogEventLevel.Information,
        LogThreshold.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
