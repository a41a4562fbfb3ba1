using System.Reflection;
using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>
/// A class or record as the value of an option: its public properties that can be set, or the parameters of its only constructor, by their
/// names in lower case with hyphens.
/// </summary>
internal sealed class RecordType(Type type, bool signed) : OptionType
{
    private readonly Lazy<IReadOnlyList<RecordMember>> _members = new(() => RecordMember.Of(type, signed));
    private readonly OptionShorthandAttribute? _shorthand = type.GetCustomAttribute<OptionShorthandAttribute>();

    public override string Expected => Name;

    /// <summary>Whether a type can be read as a record: none of the framework's, and one that can be made.</summary>
    public static bool IsRecord(Type type) =>
        type is { IsAbstract: false, IsGenericTypeDefinition: false, IsPrimitive: false, IsEnum: false } && (type.IsClass || type.IsValueType)
        && type.Assembly != typeof(object).Assembly && type.Namespace?.StartsWith("System", StringComparison.Ordinal) is not true
        && RecordMember.CanMake(type);

    /// <summary>Whether it has anything to set.</summary>
    public static bool HasMembers(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(property => property.SetMethod is { IsPublic: true });

    public override bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        value = null;
        if (!TryInclude(ref given, ref reading)) return false;
        if (_shorthand is not null) given = _shorthand.Expand(given);
        if (given is GivenText { Text: not null, Source: not OptionSource.File } text)
        {
            if (!TryReadInline(text, reading, out var inline)) return false;
            given = inline;
        }

        if (given is not GivenMap map)
        {
            reading.Expected(given, Name);
            return false;
        }

        return TryRead(map, reading, out value);
    }

    public override string Describe(int levels) =>
        levels == 0 ? "{…}" : $"{{{string.Join(", ", _members.Value.Select(member => $"{member.Key}: {member.Type.Describe(levels - 1)}"))}}}";

    protected override void AppendValue(StringBuilder yaml, object value, string valueName)
    {
        yaml.Append('{');
        var first = true;
        foreach (var member in _members.Value)
        {
            (first ? yaml : yaml.Append(", ")).Append(member.Key).Append(": ");
            if (member.IsSecret) yaml.Append("\"***\"");
            else member.Type.AppendTo(yaml, member.Get(value), "");
            first = false;
        }

        yaml.Append('}');
    }

    private bool TryRead(GivenMap map, OptionReading reading, out object? value)
    {
        value = null;
        var all = true;
        var read = new Dictionary<RecordMember, object?>();
        foreach (var entry in map.Entries)
        {
            if (_members.Value.FirstOrDefault(member => member.Key == entry.Key) is not { } member)
            {
                all = false;
                reading.Add($"{entry.Place}: {Unknown(entry.Key, _members.Value.Select(known => known.Key))}");
            }
            else if (member.TryRead(entry.Value, reading, out var one)) read[member] = one;
            else all = false;
        }

        foreach (var missing in _members.Value.Where(member => member.IsRequired && map.Find(member.Key) is null))
        {
            all = false;
            reading.Add($"{map.Place}: '{missing.Key}' is missing. Add {missing.Key}: {missing.Type.Name}.");
        }

        return all && TryMake(map, reading, read, out value);
    }

    private bool TryMake(GivenMap map, OptionReading reading, Dictionary<RecordMember, object?> read, out object? value)
    {
        value = null;
        try
        {
            value = RecordMember.Make(type, read);
        }
        catch (TargetInvocationException exception)
        {
            // A constructor or setter of the addon's refused the value.
            reading.Add($"{map.Place}: {Printable.Escape(exception.InnerException!.Message)}");
            return false;
        }

        if (value is IPlacedOptions placed) placed.Place = map.Place;
        var problems = OptionsValidation.Problems(value).ToList();
        foreach (var problem in problems) reading.Add($"{map.Place}: {Printable.Escape(problem)}");
        return problems.Count == 0;
    }

    /// <summary>What to say of a key that is none: "there is no 'hots'; did you mean 'host'?"</summary>
    public static string Unknown(string key, IEnumerable<string> known)
    {
        var names = known.ToList();
        var shown = Printable.Escape(key);
        if (Suggestion.For(key, names) is { } meant) return $"there is no '{shown}'; did you mean '{meant}'?";
        return names.Count == 0 ? $"there is no '{shown}'." : $"there is no '{shown}'. Known: {string.Join(", ", names)}.";
    }
}
