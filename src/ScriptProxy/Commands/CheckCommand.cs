using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Scripting;

namespace ScriptProxy.Cli.Commands;

/// <summary>
/// Says everything that is wrong with scripts, plugins and options before they meet traffic: what the compiler finds, hooks that are none, values that do not fit.
/// Runs top-level code and constructors, but no OnLoad; listens nowhere.
/// </summary>
internal sealed class CheckCommand : Command, ICommandExamples
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();
    private readonly Argument<string[]> _files = new("FILE") { Arity = ArgumentArity.ZeroOrMore, Description = "Scripts to check; left out: those that the proxy would load." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };
    private readonly TextWriter _output;
    private readonly Func<string, string?> _environment;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy check mask.csx", "scriptproxy check --config scriptproxy.yaml --json"];

    public CheckCommand(TextWriter output, Func<string, string?> environment)
        : base("check", "Say what is wrong with scripts and options, without running the proxy; exit code 2 when something is.")
    {
        _output = output;
        _environment = environment;
        Add(_files);
        Add(_json);
        _runOptions.AddTo(this, "--script", "--addons", "--no-default-addons", "--no-addon", "--config", "--set", "--debug", "--no-cache", "--cache-dir");
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _proxyOptions), problems);
        if (problems.Count == 0) problems.AddRange([.. configuration.Run.Validate(), .. configuration.Proxy.Validate()]);
        var files = parsed.GetValue(_files) ?? [];
        foreach (var folder in files.Where(Directory.Exists)) problems.Add($"{Printable.Escape(folder)}: expected a file, got a folder. To check all scripts of a folder: --addons {Printable.Escape(folder)}");

        var check = problems.Count > 0
            ? new ScriptCheck(problems, [], [])
            : await ScriptHost.CheckAsync(Scripts(configuration, files, parsed), configuration.Proxy.HookTimeout, NullLoggerFactory.Instance, cancellationToken);
        await WriteAsync(check, parsed.GetValue(_json));
        return check.Errors.Count > 0 ? ExitCode.Usage : ExitCode.Success;
    }

    /// <summary>Files that are named are all that is checked, unless a folder is named too.</summary>
    private ScriptOptions Scripts(Configuration configuration, string[] files, ParseResult parsed)
    {
        var options = configuration.Scripts();
        if (files.Length == 0) return options;
        var addons = _runOptions.Descriptors.Single(option => option.Flag == "--addons");
        return options with { Scripts = files, AddonsDirectory = _runOptions.Given(parsed, addons) is null ? null : options.AddonsDirectory, IgnoresOtherSections = true };
    }

    private async Task WriteAsync(ScriptCheck check, bool json)
    {
        if (json)
        {
            var found = check.Errors.Select(line => Diagnostic.Parse(line, "error")).Concat(check.Warnings.Select(line => Diagnostic.Parse(line, "warning")));
            var scripts = check.Scripts.Select(script => new { name = script.Name, file = script.Path, hooks = script.Hooks });
            await _output.WriteLineAsync(JsonSerializer.Serialize(new { ok = check.Errors.Count == 0, scripts, diagnostics = found }, Indented));
            return;
        }

        foreach (var line in check.Errors.Concat(check.Warnings)) await _output.WriteLineAsync(line);
        if (check.Errors.Count + check.Warnings.Count > 0) return;
        foreach (var script in check.Scripts) await _output.WriteLineAsync($"{script.Name}: {(script.Hooks.Count == 0 ? "OnLoad or OnUnload only" : string.Join(", ", script.Hooks))}");
        await _output.WriteLineAsync(check.Scripts.Count == 0 ? "Nothing to check: name scripts." : "Nothing is wrong.");
    }
}
