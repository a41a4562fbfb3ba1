using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Testing;

/// <summary>Keeps all log lines.</summary>
internal sealed class LogCollector : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();

    public IReadOnlyList<string> Lines => [.. _entries.Select(entry => entry.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)}";
        _entries.Enqueue((logLevel, exception is null ? line : $"{line}\n{exception}"));
    }

    /// <exception cref="InvalidOperationException">Something was logged as Error or worse; the message has all of it.</exception>
    public void ThrowIfErrors()
    {
        var errors = _entries.Where(entry => entry.Level >= LogLevel.Error).Select(entry => entry.Text).ToList();
        if (errors.Count > 0) throw new InvalidOperationException($"The proxy logged errors:\n{string.Join('\n', errors)}");
    }

    /// <summary>Waits for a line that contains a text.</summary>
    public Task<string> WaitForAsync(string part) => TestDeadline.PollAsync(
        () => Lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)),
        () => $"\"{part}\" was not logged, but:\n{string.Join('\n', Lines)}\n");

    public void Dispose()
    {
        // The lines are still of interest.
    }
}
