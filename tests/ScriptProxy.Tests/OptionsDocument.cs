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

            Later wins: default, file, environment variable, command line. A value that is wrong stops the start with a line that says where it stands and
            what was expected.

            - The file is `scriptproxy.yaml` in the working directory, or the one named by `--config`. Its keys are the options without dashes: `listen: 127.0.0.1:9090`,
              `script: [mask.csx, log.csx]`; only the folder of addons is `addons-dir`. Relative paths in it start from its own folder.
            - A switch is turned on by its flag alone and off by `--flag=false`; its variable and its key take `true` or `false`.
            - A repeatable option may be given several times; its variable takes several values separated by commas, its key a list.
            - Numbers take the suffixes k, m and g for KiB, MiB and GiB; times are seconds, or `500ms`, `2m`, `1h`.
            - Options of addons stand in the file under `addons:` and the addon's name, and are set by `--set` and by `SCRIPTPROXY_ADDON_OPTION`: see
              [addons.md](addons.md#options).
            - While the proxy runs, a change of the file is live when it is saved, as far as options of addons go; others wait for the next start.

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
