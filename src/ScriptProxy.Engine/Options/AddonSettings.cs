using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>What users set for addons, whether or not an addon of that name is loaded. Immutable. Later wins: file, environment, command line.</summary>
internal sealed class AddonSettings
{
    private readonly IReadOnlyList<AddonSetting> _commandLine;
    private readonly Func<string, string?> _environment;
    private readonly IReadOnlyCollection<string> _variables;
    private readonly Dictionary<string, GivenEntry> _file = new(StringComparer.Ordinal);

    private AddonSettings(ConfigurationFile? file, IReadOnlyList<AddonSetting> commandLine, Func<string, string?> environment, IReadOnlyCollection<string> variables)
    {
        _commandLine = commandLine;
        _environment = environment;
        _variables = variables;
        BaseDirectory = file?.Directory;
        foreach (var entry in file?.Addons?.Entries ?? []) _file[NameOf(entry.Key)] = entry;
    }

    /// <summary>Nothing is set.</summary>
    public static AddonSettings None { get; } = new(null, [], _ => null, []);

    /// <summary>What relative paths in the file start from; null when there is none.</summary>
    public string? BaseDirectory { get; }

    /// <summary>
    /// The name by which options know an addon: in lower case, with hyphens for everything but letters and digits. For a script, of its file's name
    /// without extension.
    /// </summary>
    public static string NameOf(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            if (char.IsLetterOrDigit(character)) result.Append(char.ToLowerInvariant(character));
            else if (result.Length > 0 && result[^1] != '-') result.Append('-');
        }

        return result.ToString().TrimEnd('-');
    }

    /// <summary>Gathers settings.</summary>
    /// <param name="file">The file; null when there is none.</param>
    /// <param name="commandLine">Each --set, in order.</param>
    /// <param name="environment">The value of a variable; null or empty when not set.</param>
    /// <param name="problems">Gets a line for each one that is wrong whatever addons there are.</param>
    /// <param name="variables">The names of all variables that are set.</param>
    public static AddonSettings Of(
        ConfigurationFile? file, IReadOnlyList<string> commandLine, Func<string, string?> environment, ICollection<string> problems, params IReadOnlyCollection<string> variables)
    {
        CheckSection(file, problems);
        AddonSetting[] settings = [.. commandLine.Select(text => AddonSetting.Parse(text, problems)).OfType<AddonSetting>()];
        return new AddonSettings(file, settings, environment, variables);
    }

    /// <summary>What was given for an addon's option, by the source that wins; null when nobody gave anything.</summary>
    public GivenValue? Find(string addon, OptionDescriptor option)
    {
        GivenText[] words =
        [
            .. from setting in _commandLine
               where setting.Addon == addon && setting.Option == option.Name
               select new GivenText(OptionSource.CommandLine, option.Flag, setting.Value),
        ];
        if (words.Length == 1) return words[0];
        if (words.Length > 1) return new GivenList(OptionSource.CommandLine, option.Flag, words);
        if (_environment(option.Variable) is { Length: > 0 } text) return new GivenText(OptionSource.Environment, option.Variable, text);
        return (_file.GetValueOrDefault(addon)?.Value as GivenMap)?.Find(option.Name);
    }

    /// <summary>Where an addon's options stand, for messages: its section of the file, else its name.</summary>
    public string PlaceOf(string addon) => _file.GetValueOrDefault(addon)?.Place ?? addon;

    /// <summary>Whether anything was given for an addon of that name, by any source.</summary>
    public bool Mentions(string addon)
    {
        if (_commandLine.Any(setting => setting.Addon == addon) || (_file.GetValueOrDefault(addon)?.Value as GivenMap)?.Entries.Count > 0) return true;
        var prefix = $"SCRIPTPROXY_{addon.Replace('-', '_').ToUpperInvariant()}_";
        return _variables.Any(variable => variable.StartsWith(prefix, StringComparison.Ordinal) && _environment(variable) is { Length: > 0 });
    }

    /// <summary>One line for each option that was given for an addon and that the addon does not have.</summary>
    /// <param name="addon">The addon's name, as options know it.</param>
    /// <param name="options">The options it has.</param>
    public IEnumerable<string> Unknown(string addon, IReadOnlyCollection<string> options)
    {
        var given = from entry in (_file.GetValueOrDefault(addon)?.Value as GivenMap)?.Entries ?? [] select (entry.Key, entry.Place);
        var set = from setting in _commandLine where setting.Addon == addon select (setting.Option, Place: $"--set {addon}.{Printable.Escape(setting.Option)}");
        foreach (var (option, place) in given.Concat(set).DistinctBy(one => one.Item2))
        {
            if (options.Contains(option)) continue;
            yield return options.Count == 0
                ? $"{place}: {addon} has no options. Remove it."
                : $"{place}: {RecordType.Unknown(option, options)}";
        }
    }

    /// <summary>One line for each --set that is for no addon of these.</summary>
    public IEnumerable<string> SetForNone(IReadOnlyCollection<string> addons) =>
        from setting in _commandLine
        where !addons.Contains(setting.Addon)
        select $"--set {Printable.Escape(setting.Addon)}.{Printable.Escape(setting.Option)}: no addon '{Printable.Escape(setting.Addon)}' is loaded{Remedy(setting.Addon, addons)}";

    /// <summary>One line for each section of the file that is for no addon of these.</summary>
    public IEnumerable<string> SectionsForNone(IReadOnlyCollection<string> addons) =>
        from section in _file
        where !addons.Contains(section.Key)
        select $"{section.Value.Place}: no addon '{Printable.Escape(section.Value.Key)}' is loaded{Remedy(section.Key, addons)}";

    /// <summary>Whether the file says the same for an addon as another.</summary>
    public bool SaysTheSame(string addon, AddonSettings other) =>
        GivenValue.Same(_file.GetValueOrDefault(addon)?.Value, other._file.GetValueOrDefault(addon)?.Value) && BaseDirectory == other.BaseDirectory;

    private static string Remedy(string name, IReadOnlyCollection<string> addons)
    {
        if (Suggestion.For(name, addons) is { } meant) return $"; did you mean '{meant}'?";
        return addons.Count == 0 ? "." : $". Loaded: {string.Join(", ", addons)}.";
    }

    private static void CheckSection(ConfigurationFile? file, ICollection<string> problems)
    {
        var section = file?.Root?.Find(ConfigurationFile.AddonsSection);
        if (section is not null and not GivenMap and not GivenText { Text: null })
            problems.Add($"{section.Place}: expected the names of addons with their options below. The folder to load from is {OptionDescriptor.AddonsFolderKey}.");

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in file?.Addons?.Entries ?? [])
        {
            if (!names.Add(NameOf(entry.Key))) problems.Add($"{entry.Place}: given twice; names differ by more than case and punctuation. Join the two.");
            if (entry.Value is not GivenMap and not GivenText { Text: null })
                problems.Add($"{entry.Value.Place}: expected the addon's options below, such as \"{Printable.Escape(entry.Key)}: {{option: value}}\".");
        }
    }
}
