namespace ScriptProxy.Cli.Commands;

/// <summary>A file that scriptproxy new writes.</summary>
/// <param name="Path">Relative to the working directory.</param>
/// <param name="Text">Its content.</param>
/// <param name="IsExecutable">Whether it can be run by its name.</param>
internal sealed record NewFile(string Path, string Text, bool IsExecutable = false);
