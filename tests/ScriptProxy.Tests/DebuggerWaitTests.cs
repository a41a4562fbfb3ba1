using System.Text;
using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

public sealed class DebuggerWaitTests
{
    private readonly StringBuilder _error = new();

    [Fact]
    public async Task Debugger_EndsTheWait()
    {
        var looks = 0;
        var wait = new DebuggerWait(new StringWriter(_error), () => ++looks > 2);

        Assert.True(await wait.RunAsync(CancellationToken.None));

        Assert.Contains($"process {Environment.ProcessId};", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DebuggerThatIsThere_IsNotWaitedFor()
    {
        Assert.True(await new DebuggerWait(new StringWriter(_error), () => true).RunAsync(CancellationToken.None));

        Assert.Equal(0, _error.Length);
    }

    [Fact]
    public async Task Interrupt_EndsTheProcess()
    {
        // The script is broken: were it loaded before, the exit code would be 2.
        await using var command = CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, "mask.csx"), "broken"), "-s", "mask.csx", "--wait-for-debugger");
        await command.UntilAsync(() => command.Errors.Any(line => line.StartsWith("Waiting for a debugger to attach to process ", StringComparison.Ordinal)));

        command.Signal("INT");

        Assert.Equal(0, await command.ExitAsync());
    }
}
