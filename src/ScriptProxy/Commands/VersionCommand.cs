using System.CommandLine;

namespace ScriptProxy.Cli.Commands;

/// <summary>Prints version, runtime and system.</summary>
internal sealed class VersionCommand : Command, ICommandExamples
{
    public IReadOnlyList<string> Examples { get; } = ["scriptproxy version"];

    public VersionCommand(TextWriter output)
        : base("version", "Show version, runtime and system.") =>
        SetAction(_ =>
        {
            output.WriteLine(VersionInfo.Full);
            return ExitCode.Success;
        });
}
