using System.CommandLine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>Writes the beginning of a script, a single-file addon or a plugin with its tests. Never overwrites.</summary>
internal sealed class NewCommand : Command, ICommandExamples
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy new script mask", "scriptproxy new plugin Pseudonyms"];

    public NewCommand(TextWriter output, TextWriter error)
        : base("new", "Write the beginning of a script, a single-file addon, or a plugin with a test project.")
    {
        _output = output;
        _error = error;
        AddKind("script", "A .csx with functions.", NewFiles.Script, name => [$"scriptproxy -s {name.File}.csx"]);
        AddKind("addon", "A .cs with a class, which editors complete.", NewFiles.Addon, name => [$"scriptproxy -s {name.File}.cs"]);
        AddKind(
            "plugin", "A class library, for packages of its own and tests.", NewFiles.Plugin,
            name => [$"dotnet test {name.File}/{name.Type}.Tests", $"dotnet build {name.File}/{name.Type} -o addons/{name.Type}", "scriptproxy"]);
        SetAction(_ =>
        {
            _error.WriteLine("new: expected script, addon or plugin, and a NAME.");
            return ExitCode.Usage;
        });
    }

    private void AddKind(string kind, string description, Func<NewName, IReadOnlyList<NewFile>> files, Func<NewName, string[]> next)
    {
        var argument = new Argument<string>("NAME") { Description = "What to call it." };
        var command = new Command(kind, description) { argument };
        command.SetAction((parsed, _) => WriteAsync(parsed.GetValue(argument)!, files, next));
        Add(command);
    }

    private async Task<int> WriteAsync(string text, Func<NewName, IReadOnlyList<NewFile>> files, Func<NewName, string[]> next)
    {
        if (NewName.Parse(text, out var problem) is not { } name) return await RefuseAsync(problem!);
        var written = files(name);

        // A plugin's folder belongs to the plugin: nothing is mixed with what is there.
        foreach (var root in written.Select(file => file.Path.Split('/')[0]).Distinct())
        {
            if (Path.Exists(root)) return await RefuseAsync($"{root}: is there already, and is not overwritten. Choose another name, or remove it.");
        }

        try
        {
            foreach (var file in written) await WriteAsync(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await RefuseAsync($"cannot write here: {Printable.Escape(exception.Message)}");
        }

        foreach (var file in written) await _output.WriteLineAsync($"Wrote {file.Path}");
        await _output.WriteLineAsync("Next:");
        foreach (var line in next(name)) await _output.WriteLineAsync($"  {line}");
        return ExitCode.Success;
    }

    private static async Task WriteAsync(NewFile file)
    {
        if (Path.GetDirectoryName(file.Path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        await using (var stream = new FileStream(file.Path, FileMode.CreateNew, FileAccess.Write))
        {
            // A mark in front would keep the system from seeing "#!".
            await using var writer = new StreamWriter(stream);
            await writer.WriteAsync(file.Text.ReplaceLineEndings("\n"));
        }

        if (file.IsExecutable && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file.Path, File.GetUnixFileMode(file.Path) | Executable);
    }

    private async Task<int> RefuseAsync(string line)
    {
        await _error.WriteLineAsync(line);
        return ExitCode.Usage;
    }
}
