using System.Diagnostics;

namespace ScriptProxy.Scripting.Tests;

public sealed class ReloadMemoryTests
{
    private const int Reloads = 1000;
    private const long MostGrowth = 100 * 1024 * 1024;

    [Fact]
    public async Task ThousandReloadsOfARealScript_LeaveNoVersionInMemory()
    {
        string[] command = ["exec", typeof(ReloadMemoryProgram).Assembly.Location, $"{Reloads}"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        Assert.True(process.ExitCode == 0, await errors);
        var figures = (await output).Split(' ').Select(long.Parse).ToArray();
        Assert.Equal(0, figures[0]);
        Assert.True(figures[2] - figures[1] < MostGrowth, $"{figures[1] / 1024 / 1024} MB at the start, {figures[2] / 1024 / 1024} MB after {Reloads} reloads.");
    }
}
