using System.Collections;
using System.Text;

namespace ScriptProxy.Engine;

/// <summary>Several values of one type, in order.</summary>
internal sealed class ListType(Type type, OptionType item) : OptionType
{
    private static readonly HashSet<Type> Lists =
        [typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>), typeof(IList<>), typeof(ICollection<>), typeof(List<>)];

    private static readonly HashSet<Type> Sets = [typeof(IReadOnlySet<>), typeof(ISet<>), typeof(HashSet<>)];

    /// <summary>The type of each value.</summary>
    public OptionType Item => item;

    public override string Expected => item.IsScalar ? $"a list, such as [{item.Name}, {item.Name}]; [] for none" : $"a list of {item.Name}; [] for none";

    /// <summary>What a type is a list of; null when it is none.</summary>
    public static Type? ItemOf(Type type)
    {
        if (type.IsSZArray) return type.GetElementType();
        if (!type.IsGenericType) return null;
        var definition = type.GetGenericTypeDefinition();
        return Lists.Contains(definition) || Sets.Contains(definition) ? type.GetGenericArguments()[0] : null;
    }

    public override bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        value = null;
        if (!item.IsScalar && !TryInclude(ref given, ref reading)) return false;
        if (Items(given, reading) is not { } items) return false;

        var read = new List<object?>(items.Count);
        var all = true;
        foreach (var part in items)
        {
            all &= item.TryRead(part, reading, out var one);
            read.Add(one);
        }

        if (all) value = Make(read);
        return all;
    }

    public override string Describe(int levels) => levels == 0 ? "[…]" : $"[{item.Describe(levels - 1)}, …]";

    protected override void AppendValue(StringBuilder yaml, object value, string valueName)
    {
        yaml.Append('[');
        var first = true;
        foreach (var one in (IEnumerable)value)
        {
            item.AppendTo(first ? yaml : yaml.Append(", "), one, valueName);
            first = false;
        }

        yaml.Append(']');
    }

    private IReadOnlyList<GivenValue>? Items(GivenValue given, OptionReading reading)
    {
        switch (given)
        {
            case GivenList list when given.Source == OptionSource.File:
                return list.Items;
            case GivenList list:
                // --set, several times: each one item, or a list of them.
                var items = list.Items.Select(one => Items(one, reading)).ToList();
                return items.Contains(null) ? null : [.. items.SelectMany(some => some!)];
            case GivenText { Text: { } text } when item.IsScalar && !IsInline(given, text):
                return given.Source == OptionSource.Environment ? Split(given, text, item.HoldsCommas ? '\n' : ',') : [given];
            case GivenText { Text: not null } text when given.Source != OptionSource.File:
                if (!TryReadInline(text, reading, out var inline)) return null;
                return inline is GivenList several ? several.Items : [inline];
            default:
                reading.Expected(given, Expected);
                return null;
        }
    }

    /// <summary>Whether a word is several, written as in a file. A regular expression that looks so is one; so is an address in brackets.</summary>
    private bool IsInline(GivenValue given, string text) =>
        given.Source != OptionSource.File && !item.HoldsCommas && text is ['[', .., ']'] && (text.Length == 2 || text.Contains(',', StringComparison.Ordinal));

    private static IReadOnlyList<GivenValue> Split(GivenValue given, string text, char separator) =>
        [.. text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(part => new GivenText(given.Source, given.Place, part))];

    private object Make(List<object?> items)
    {
        var itemType = ItemOf(type)!;
        var array = Array.CreateInstance(itemType, items.Count);
        for (var i = 0; i < items.Count; i++) array.SetValue(items[i], i);
        if (type.IsSZArray) return array;
        var definition = type.GetGenericTypeDefinition();
        if (Sets.Contains(definition)) return Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(itemType), array)!;
        return definition == typeof(List<>) ? Activator.CreateInstance(type, array)! : array;
    }
}
