using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using ScriptProxy.Cli.Commands;
using ScriptProxy.Cli.Commands.Ca;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli;

/// <summary>From the words of a command line to the command that runs. Whatever is wrong with them is said in one line each.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="environment">The value of an environment variable, null when not set.</param>
internal sealed class CommandLine(TextWriter output, TextWriter error, Func<string, string?> environment)
{
    /// <summary>The command that runs the proxy, with all others below it.</summary>
    public RunCommand NewRoot()
    {
        var root = new RunCommand(output, error, environment);
        root.Add(new CheckCommand(output, environment));
        root.Add(new NewCommand(output, error));
        root.Add(new AddonsCommand(output, error, environment));
        root.Add(new EnvCommand(output, error, environment));
        root.Add(new CaCommand(output, error, environment));
        root.Add(new DoctorCommand(output, error, environment));
        root.Add(new HashPasswordCommand(Console.In, output, error));
        root.Add(new VersionCommand(output));
        root.Add(new HealthCommand(output, error, environment));
        root.Add(new MaskCommand(output, error));
        root.Add(new AuditCommand(output, error));
        return root;
    }

    /// <summary>Runs the command.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var root = NewRoot();
        ReplaceBuiltIns(root);

        var problems = new List<string>();
        var own = BeforeCommand(root, args, problems);
        var words = SwitchValues(root, own, problems);
        var parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction) problems.Add(Explain(parsed));
        problems.AddRange(EmptyNames(parsed));
        if (problems.Count > 0)
        {
            foreach (var problem in problems) await error.WriteLineAsync(problem);
            return ExitCode.Usage;
        }

        try
        {
            // Signals are the run command's business: it drains.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                ProcessTerminationTimeout = null,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception exception)
        {
            // Nothing above: what no command expected is a defect, and a defect needs its stack to be found.
            await error.WriteLineAsync($"scriptproxy failed. Please report this with {VersionInfo.Full}:\n{exception}");
            return ExitCode.Failure;
        }
    }

    private void ReplaceBuiltIns(RunCommand root)
    {
        foreach (var builtIn in root.Options.Where(option => option is HelpOption or VersionOption).ToArray()) root.Options.Remove(builtIn);
        root.Add(new HelpOption("--help", "-h") { Action = new HelpTextAction(root, output) });
        root.Add(new VersionOption("--version") { Action = new VersionAction(output) });
    }

    /// <summary>What is ours of the words: all before "--", unless a command of ours is named there, which may use "--" for its own arguments.</summary>
    private static IReadOnlyList<string> BeforeCommand(RunCommand root, IReadOnlyList<string> args, List<string> problems)
    {
        var end = args.ToList().IndexOf("--");
        if (end < 0 || root.Parse([.. args.Take(end)]).CommandResult.Command != root) return args;
        root.Launched = [.. args.Skip(end + 1)];
        if (root.Launched.Count == 0) problems.Add("--: expected a command after it, got nothing.");
        return [.. args.Take(end)];
    }

    /// <summary>Checks --switch=value, which the parser would take for a switch and a stray word unless the value is true or false.</summary>
    private static List<string> SwitchValues(RunCommand root, IReadOnlyList<string> args, List<string> problems)
    {
        var words = new List<string>(args.Count);
        foreach (var word in args)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !word.StartsWith("--", StringComparison.Ordinal)
                || root.Descriptors.FirstOrDefault(option => option.IsSwitch && option.Flag == word[..equals]) is not { } option)
            {
                words.Add(word);
                continue;
            }

            if (option.Values!.TryParse(word[(equals + 1)..], out var value)) words.Add($"{option.Flag}={option.Values.Format(value!, "")}");
            else problems.Add($"{option.Flag} \"{Printable.Escape(word[(equals + 1)..])}\": expected {option.Values!.Expected}.");
        }

        return words;
    }

    /// <summary>What the options of commands, which check themselves otherwise, were given instead of a file's name.</summary>
    private static IEnumerable<string> EmptyNames(ParseResult parsed)
    {
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
        {
            foreach (var given in command.Children.Where(child => child.Tokens.Any(token => token.Value.Length == 0)))
            {
                if (given is OptionResult { Option.HelpName: "FILE" or "DIR" } named) yield return $"{named.Option.Name} \"\": expected {named.Option.HelpName}, got nothing.";
                if (given is ArgumentResult { Argument: { Name: "FILE" or "DIR" } argument }) yield return $"{argument.Name} \"\": expected after {command.Command.Name}, got nothing.";
            }
        }
    }

    private static string Explain(ParseResult parsed)
    {
        foreach (var parseError in parsed.Errors)
        {
            if (parseError.SymbolResult is OptionResult { Option: var option, Tokens.Count: 0 })
                return $"{option.Name}: expected {option.HelpName ?? "a value"} after it, got nothing.";
            if (parseError.SymbolResult is ArgumentResult { Argument: var argument, Tokens.Count: 0 })
                return $"{argument.Name}: expected after {parsed.CommandResult.Command.Name}, got nothing.";
        }

        if (parsed.UnmatchedTokens is not [var word, ..]) return Printable.Escape(parsed.Errors[0].Message);

        var shown = Printable.Escape(word);
        if (word.StartsWith('-'))
        {
            var flags = parsed.CommandResult.Command.Options.SelectMany(option => option.Aliases.Append(option.Name));
            return Suggestion.For(word, flags) is { } flag
                ? $"{shown}: there is no such option; did you mean {flag}?"
                : $"{shown}: there is no such option. scriptproxy --help lists all.";
        }

        if (parsed.CommandResult.Command is { Subcommands.Count: > 0 } kinds and not RootCommand)
        {
            var kind = kinds is NewCommand ? "kind" : "command";
            return Suggestion.For(word, kinds.Subcommands.Select(known => known.Name)) is { } meant
                ? $"{shown}: there is no such {kind}; did you mean {meant}?"
                : $"{shown}: there is no such {kind}. Known: {string.Join(", ", kinds.Subcommands.Select(known => known.Name))}.";
        }

        if (parsed.CommandResult.Command is not RootCommand root) return $"{shown}: {parsed.CommandResult.Command.Name} takes no such argument.";
        if (word.EndsWith(".csx", StringComparison.OrdinalIgnoreCase) || word.EndsWith(".cs", StringComparison.OrdinalIgnoreCase))
            return $"{shown}: to load a script, write -s before it: -s {shown}";
        return Suggestion.For(word, root.Subcommands.Select(command => command.Name)) is { } name
            ? $"{shown}: there is no such command; did you mean {name}?"
            : $"{shown}: there is no such command. scriptproxy --help lists all.";
    }

    private sealed class HelpTextAction(RunCommand root, TextWriter output) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            if (parseResult.CommandResult.Command != root) return InvokeOfCommand(parseResult);
            HelpText.Write(output, root, HelpText.Width);
            return ExitCode.Success;
        }

        private int InvokeOfCommand(ParseResult parseResult)
        {
            var exitCode = new HelpAction().Invoke(parseResult);
            if (ExamplesOf(parseResult.CommandResult) is not { Count: > 0 } examples) return exitCode;
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in examples) output.WriteLine($"  {example}");
            output.WriteLine();
            return exitCode;
        }

        /// <summary>Those of the command, or of the one it belongs to.</summary>
        private static IReadOnlyList<string>? ExamplesOf(SymbolResult? result)
        {
            for (; result is not null; result = result.Parent)
            {
                if (result is CommandResult { Command: ICommandExamples { Examples: var examples } }) return examples;
            }

            return null;
        }
    }

    private sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            output.WriteLine(VersionInfo.Full);
            return ExitCode.Success;
        }
    }
}
