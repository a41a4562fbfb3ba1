namespace ScriptProxy.Engine;

/// <summary>Where the proxy's own options are looked for. Later wins: default, file, environment, command line.</summary>
/// <param name="environment">The value of a variable; null or empty when not set. The values of a list are separated by commas.</param>
/// <param name="commandLine">What was given for an option, in order; null when it was not given. A switch without a value is given as "true".</param>
/// <param name="file">The file; null when there is none.</param>
internal sealed class OptionSources(
    Func<string, string?> environment, Func<OptionDescriptor, IReadOnlyList<string>?> commandLine, ConfigurationFile? file)
{
    /// <summary>What relative paths in the file start from; null when there is none.</summary>
    public string? BaseDirectory => file?.Directory;

    /// <summary>What was given for an option, by the source that wins; null when nobody gave anything.</summary>
    public GivenValue? Find(OptionDescriptor option)
    {
        if (commandLine(option) is { Count: > 0 } words) return FromCommandLine(option, words);
        if (environment(option.Variable) is { Length: > 0 } text) return new GivenText(OptionSource.Environment, option.Variable, text);
        return file?.Root?.Find(option.FileKey);
    }

    private static GivenValue FromCommandLine(OptionDescriptor option, IReadOnlyList<string> words)
    {
        GivenText[] items = [.. words.Select(word => new GivenText(OptionSource.CommandLine, option.Flag, word))];
        return items.Length == 1 ? items[0] : new GivenList(OptionSource.CommandLine, option.Flag, items);
    }
}
