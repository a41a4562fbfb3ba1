using System.CommandLine;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Everything about the root certificate: what it is, giving it away, making clients trust it, replacing it.</summary>
internal sealed class CaCommand : Command, ICommandExamples
{
    public CaCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("ca", "Show, export, install, create, replace or rotate the root certificate that clients have to trust.")
    {
        Add(new CaShowCommand(output, error, environment));
        Add(new CaExportCommand(output, error, environment));
        Add(new CaInstallCommand(output, error, environment));
        Add(new CaUninstallCommand(output, error, environment));
        Add(new CaCreateCommand(output, error, environment));
        Add(new CaUseCommand(output, error, environment));
        Add(new CaRotateCommand(output, error, environment));
        SetAction(_ =>
        {
            error.WriteLine($"ca: expected {string.Join(", ", Subcommands.SkipLast(1).Select(command => command.Name))} or {Subcommands[^1].Name} after it. scriptproxy ca --help says more.");
            return ExitCode.Usage;
        });
    }

    public IReadOnlyList<string> Examples => ["scriptproxy ca show", "scriptproxy ca export --format p12 --include-system-roots --out truststore.p12", "sudo scriptproxy ca install"];
}
