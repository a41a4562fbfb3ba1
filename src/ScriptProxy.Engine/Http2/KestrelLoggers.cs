using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Http2;

/// <summary>
/// Where Kestrel logs to. That a client sent more than is good for it, and lost its connection for that, Kestrel calls critical; to a proxy it is what
/// any client may do, and no fault of ours.
/// </summary>
internal sealed class KestrelLoggers(ILoggerFactory inner) : ILoggerFactory
{
    private const string QueueExceeded = "Http2QueueOperationsExceeded";

    public ILogger CreateLogger(string categoryName) => new Lowered(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The loggers belong to whoever made them.
    }

    private sealed class Lowered(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Critical && eventId.Name == QueueExceeded) logger.Log(LogLevel.Warning, eventId, state, null, formatter);
            else logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
