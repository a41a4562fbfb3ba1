using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>Fills the option records of one addon: several when several classes of one file have options.</summary>
/// <param name="settings">What the user set.</param>
/// <param name="files">Reads what "@FILE" names; null where it has no meaning.</param>
internal sealed class AddonOptionBinder(AddonSettings settings, OptionFiles? files = null)
{
    private readonly List<(string Addon, object Record)> _records = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The names by which options know the addon.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The options of an addon's class; null when it has none.</summary>
    public static object? RecordOf(Addon addon) => (addon as IOptionsHolder)?.Options;

    /// <summary>Adds a name that options may be given for, although nothing has them.</summary>
    public void Add(string name) => _names.Add(AddonSettings.NameOf(name));

    /// <summary>Adds a record.</summary>
    /// <param name="name">The addon's name.</param>
    /// <param name="record">Holds the defaults; filled by <see cref="Bind(ICollection{string})"/>.</param>
    public void Add(string name, object record)
    {
        Add(name);
        _records.Add((AddonSettings.NameOf(name), record));
    }

    /// <summary>Fills all records.</summary>
    /// <param name="problems">Gets a line for each value that is wrong, each option there is not, and what Validate says.</param>
    /// <returns>What can be told of the options.</returns>
    /// <exception cref="NotSupportedException">A record declares what cannot be an option.</exception>
    public IReadOnlyList<AddonOption> Bind(ICollection<string> problems)
    {
        var bound = _records.SelectMany(record => Bind(record.Addon, record.Record, problems)).ToList();
        foreach (var name in _names)
        {
            foreach (var problem in settings.Unknown(name, [.. bound.Where(option => option.Addon == name).Select(option => option.Name).Distinct()])) problems.Add(problem);
        }

        return [.. bound.DistinctBy(option => (option.Addon, option.Name))];
    }

    private List<AddonOption> Bind(string addon, object record, ICollection<string> problems)
    {
        var before = problems.Count;
        var bound = new List<AddonOption>();
        foreach (var option in OptionDescriptor.Of(record, addon))
        {
            var given = settings.Find(addon, option);
            if (given is not null) option.Set(record, given, settings.BaseDirectory, problems, files);
            bound.Add(new AddonOption(
                addon, option.Name, option.Type.Name, option.DefaultYaml, option.ValueYaml(record), given?.Source ?? OptionSource.Default, given?.Place, option.Variable, option.Help, option.IsSecret));
        }

        if (problems.Count > before) return bound;
        foreach (var problem in OptionsValidation.Problems(record)) problems.Add(Placed(addon, problem, bound));
        return bound;
    }

    /// <summary>Says where the values are that a record finds wrong: those of the option that the line begins with, or of the addon.</summary>
    private string Placed(string addon, string problem, List<AddonOption> bound)
    {
        var colon = problem.IndexOf(": ", StringComparison.Ordinal);
        var named = colon < 0 ? null : bound.Find(option => option.Name == problem[..colon])?.Place;
        return named is null ? $"{settings.PlaceOf(addon)}: {Printable.Escape(problem)}" : $"{named}: {Printable.Escape(problem[(colon + 2)..])}";
    }
}
