using System.Text;
using ScriptProxy.Cli;
using ScriptProxy.Engine;

namespace ScriptProxy.Tests;

/// <summary>Writes docs/options.md from the options as they are declared.</summary>
internal static class OptionsDocument
{
    public static string Write(IEnumerable<OptionDescriptor> options)
    {
        var text = new StringBuilder("""
            # Options

            <!-- Generated from the code. To refresh: UPDATE_DOCS=1 dotnet test tests/ScriptProxy.Tests -->

            Later wins: default, environment variable, command line. A value that is wrong stops the start with a line that says what was expected.

            - A switch is turned on by its flag alone and off by `--flag=false`; its variable takes `true` or `false`.
            - A repeatable option may be given several times; its variable takes several values separated by commas.
            - Numbers take the suffixes k, m and g for KiB, MiB and GiB; times are seconds, or `500ms`, `2m`, `1h`.

            """);
        foreach (var group in options.GroupBy(option => option.Group))
        {
            text.Append($"\n## {group.Key}\n\n| option | variable | default | |\n|---|---|---|---|\n");
            foreach (var option in group)
                text.Append($"| {Cell(HelpText.Syntax(option).Trim())} | {Cell(option.Variable)} | {Cell(option.Default)} | {option.Help} |\n");
        }

        return text.ToString();
    }

    private static string Cell(string? code) => code is null ? "" : $"`{code.Replace("|", "\\|", StringComparison.Ordinal)}`";
}
