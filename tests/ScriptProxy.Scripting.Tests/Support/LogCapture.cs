using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>What was logged, as "Warning: text".</summary>
internal sealed class LogCapture : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    public IReadOnlyList<string> Warnings => [.. _lines.Where(line => line.StartsWith("Warning: ", StringComparison.Ordinal))];

    public IReadOnlyList<string> Errors => [.. _lines.Where(line => line.StartsWith("Error: ", StringComparison.Ordinal))];

    public ILogger CreateLogger(string categoryName) => this;

    public ILogger<T> For<T>() => new Logger<T>(this);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : " " + exception)}");

    public void Dispose()
    {
    }
}
