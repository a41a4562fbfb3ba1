using ScriptProxy.Cli.Commands;

namespace ScriptProxy.Tests;

public class OptionsDocumentTests
{
    [Fact]
    public void Document_SaysWhatTheCodeSays()
    {
        var path = Path.Combine(Repository.Root, "docs", "options.md");
        var expected = OptionsDocument.Write(new RunCommand(TextWriter.Null, TextWriter.Null, _ => null).Descriptors);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, expected);

        var actual = File.Exists(path) ? File.ReadAllText(path) : "";
        if (actual == expected) return;

        var copy = Path.Combine(Path.GetTempPath(), "options.expected.md");
        File.WriteAllText(copy, expected);
        Assert.Fail($"docs/options.md differs from the code ({copy} has what it should say). Refresh it: UPDATE_DOCS=1 dotnet test tests/ScriptProxy.Tests");
    }
}
