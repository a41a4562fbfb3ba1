using Microsoft.Extensions.Logging;
using ScriptProxy.Cli;
using ScriptProxy.Cli.Logging;

namespace ScriptProxy.Tests.Logging;

public class ConsoleLogFormatterTests
{
    [Fact]
    public async Task Messages_AreOneLineEach()
    {
        var text = await LogAsync(LogThreshold.Info, log =>
        {
            log.LogInformation("Loaded {Script}", "mask.csx");
            log.LogWarning("{Host} misbehaved", "origin.test\r\n12:00:00 forged\u001b[2J\u202e");
            log.LogError(new InvalidOperationException("first\nsecond"), "It failed");
            log.LogDebug("Not shown");
        });

        var lines = text.Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.EndsWith(" Loaded mask.csx", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" warning: origin.test\\r\\n12:00:00 forged\\u001b[2J\\u202e misbehaved", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(" error: It failed: InvalidOperationException: first\\nsecond", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);
    }

    [Fact]
    public async Task Stack_IsShownOnlyWhenDebugging()
    {
        static void Fail(ILogger log)
        {
            try
            {
                throw new InvalidOperationException("no");
            }
            catch (InvalidOperationException exception)
            {
                log.LogError(exception, "It failed");
            }
        }

        Assert.DoesNotContain("    at ", await LogAsync(LogThreshold.Info, Fail), StringComparison.Ordinal);
        Assert.Contains("    at ", await LogAsync(LogThreshold.Debug, Fail), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FrameworkMessages_NeedAWarning()
    {
        var output = new StringWriter();
        await using (var logs = Logs.Open(new RunOptions(), output, colours: false))
        {
            logs.Factory.CreateLogger("Microsoft.AspNetCore.Server").LogInformation("chatter");
            logs.Factory.CreateLogger("Microsoft.AspNetCore.Server").LogWarning("trouble");
        }

        Assert.DoesNotContain("chatter", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("trouble", output.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> LogAsync(LogThreshold threshold, Action<ILogger> write)
    {
        var output = new StringWriter();
        await using (var logs = Logs.Open(new RunOptions { LogLevel = threshold }, output, colours: false)) write(logs.Factory.CreateLogger("Test"));
        return output.ToString();
    }
}
