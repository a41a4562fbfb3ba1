using System.Collections;
using System.Text;

namespace ScriptProxy.Engine;

/// <summary>Values by a key that is text, in the order given.</summary>
internal sealed class MapType(Type type, OptionType item) : OptionType
{
    private static readonly HashSet<Type> Maps = [typeof(IReadOnlyDictionary<,>), typeof(IDictionary<,>), typeof(Dictionary<,>)];

    public override string Expected => $"keys and values, such as {{key: {item.Name}}}; {{}} for none";

    /// <summary>What a type holds by text; null when it is no dictionary by text.</summary>
    public static Type? ValueOf(Type type) =>
        type.IsGenericType && Maps.Contains(type.GetGenericTypeDefinition()) && type.GetGenericArguments() is [var key, var value] && key == typeof(string) ? value : null;

    public override bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        value = null;
        if (!TryInclude(ref given, ref reading)) return false;
        if (Entries(given, reading) is not { } entries) return false;

        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), ValueOf(type)!))!;
        var all = true;
        foreach (var entry in entries)
        {
            all &= item.TryRead(entry.Value, reading, out var one);
            if (map.Contains(entry.Key)) reading.Add($"{entry.Place}: '{Recording.Printable.Escape(entry.Key)}' is given twice. Remove one.");
            map[entry.Key] = one;
        }

        if (all) value = map;
        return all;
    }

    public override string Describe(int levels) => levels == 0 ? "{…}" : $"{{KEY: {item.Describe(levels - 1)}, …}}";

    protected override void AppendValue(StringBuilder yaml, object value, string valueName)
    {
        yaml.Append('{');
        var first = true;
        foreach (var key in ((IDictionary)value).Keys)
        {
            (first ? yaml : yaml.Append(", ")).Append(YamlText.Of((string)key)).Append(": ");
            item.AppendTo(yaml, ((IDictionary)value)[key], valueName);
            first = false;
        }

        yaml.Append('}');
    }

    private IReadOnlyList<GivenEntry>? Entries(GivenValue given, OptionReading reading)
    {
        switch (given)
        {
            case GivenMap map:
                return map.Entries;
            case GivenList list when given.Source == OptionSource.CommandLine:
                var parts = list.Items.Select(one => Entries(one, reading)).ToList();
                return parts.Contains(null) ? null : [.. parts.SelectMany(part => part!)];
            case GivenText { Text: { } text } when given.Source != OptionSource.File && text.TrimStart().StartsWith('{'):
                return TryReadInline((GivenText)given, reading, out var inline) ? Entries(inline, reading) : null;
            case GivenText { Text: { } text } when given.Source == OptionSource.CommandLine && text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals:
                return [new GivenEntry(text[..equals], given.Place, new GivenText(given.Source, given.Place, text[(equals + 1)..]))];
            default:
                reading.Expected(given, Expected);
                return null;
        }
    }
}
