using Microsoft.Extensions.Logging;

namespace ScriptProxy.Testing.Tests;

public sealed class LogCollectorTests : IDisposable
{
    private readonly LogCollector _collector = new();

    public void Dispose() => _collector.Dispose();

    [Fact]
    public void Warning_IsKeptAndForgiven()
    {
        Log(LogLevel.Warning, "slow");

        _collector.ThrowIfErrors();
        Assert.Equal(["Warning: slow"], _collector.Lines);
    }

    [Fact]
    public void Error_Throws()
    {
        Log(LogLevel.Error, "broken", new InvalidOperationException("why"));

        var exception = Assert.Throws<InvalidOperationException>(_collector.ThrowIfErrors);
        Assert.Contains("Error: broken", exception.Message, StringComparison.Ordinal);
        Assert.Contains("why", exception.Message, StringComparison.Ordinal);
    }

    private void Log(LogLevel level, string text, Exception? exception = null)
    {
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(_collector));
        factory.CreateLogger("x").Log(level, 0, text, exception, static (text, _) => text);
    }
}
