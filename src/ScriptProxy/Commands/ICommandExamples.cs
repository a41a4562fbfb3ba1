namespace ScriptProxy.Cli.Commands;

/// <summary>A command whose --help ends with examples.</summary>
internal interface ICommandExamples
{
    /// <summary>Lines as one would type them.</summary>
    IReadOnlyList<string> Examples { get; }
}
