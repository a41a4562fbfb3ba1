using System.CommandLine;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli;

/// <summary>The options of one record as flags of a command.</summary>
/// <typeparam name="T">A record whose properties carry <see cref="OptionAttribute"/>.</typeparam>
internal sealed class OptionSet<T>
    where T : class, new()
{
    private readonly OptionBinder<T> _binder = new();
    private readonly Dictionary<OptionDescriptor, Option> _flags;

    public OptionSet() => _flags = _binder.Options.ToDictionary(option => option, Flag);

    /// <summary>The options in the order of their declaration.</summary>
    public IReadOnlyList<OptionDescriptor> Descriptors => _binder.Options;

    /// <summary>Makes the command accept the options, or only those named.</summary>
    public void AddTo(Command command, params ReadOnlySpan<string> onlyFlags)
    {
        foreach (var (descriptor, flag) in _flags)
        {
            if (onlyFlags.IsEmpty || onlyFlags.Contains(descriptor.Flag)) command.Add(flag);
        }
    }

    /// <summary>Makes the record.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sources">Where values are looked for, that command line included.</param>
    /// <param name="problems">Gets a line for each value that is wrong.</param>
    public T Bind(ParseResult parsed, OptionSources sources, ICollection<string> problems)
    {
        foreach (var descriptor in _binder.Options)
        {
            // "-s -v" gave the flag -v away as the name of a script.
            if (Given(parsed, descriptor)?.FirstOrDefault(value => IsFlag(parsed, value)) is { } flag)
                problems.Add($"{descriptor.Flag}: expected {descriptor.ValueName} after it, got {flag}.");
        }

        return _binder.Bind(sources, problems);
    }

    /// <summary>What the command line gives for an option, in order; null when it is not given, or is none of this set.</summary>
    public string[]? Given(ParseResult parsed, OptionDescriptor descriptor)
    {
        if (!_flags.TryGetValue(descriptor, out var flag) || parsed.GetResult(flag) is not { Implicit: false } result) return null;
        string[] values = [.. result.Tokens.Select(token => token.Value)];
        return values.Length == 0 && descriptor.IsSwitch ? ["true"] : values;
    }

    private static bool IsFlag(ParseResult parsed, string value) =>
        value.StartsWith('-') && parsed.CommandResult.Command.Options.Any(option => option.Name == value || option.Aliases.Contains(value));

    private static Option Flag(OptionDescriptor descriptor)
    {
        string[] aliases = descriptor.Letter is { } letter ? [letter] : [];

        // Values are read by the binder, which names option, value and remedy; here they are words.
        return descriptor.IsSwitch
            ? new Option<bool>(descriptor.Flag, aliases) { Description = descriptor.Help }
            : new Option<string[]>(descriptor.Flag, aliases) { Description = descriptor.Help, HelpName = descriptor.ValueName, Arity = ArgumentArity.OneOrMore };
    }
}
