namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>How a program ended, and what it said.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Its output, by line, without empty lines.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Fails the test, with all that was said, unless the program ended well.</summary>
    public ProgramRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"The program ended with {ExitCode}.\n{Errors}\n{Output}");
        return this;
    }
}
