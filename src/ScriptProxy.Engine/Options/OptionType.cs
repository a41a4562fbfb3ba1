using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ScriptProxy.Engine;

/// <summary>How the values of one type are given and written: a word, a list, keys and values, a record.</summary>
internal abstract class OptionType
{
    // A record that contains itself is described down to here.
    private const int DeepestName = 4;

    /// <summary>What stands for a value in help when the option names nothing better.</summary>
    public string Name => Describe(DeepestName);

    /// <summary>What a value must be, to follow "expected".</summary>
    public abstract string Expected { get; }

    /// <summary>Whether it is one word.</summary>
    public virtual bool IsScalar => false;

    /// <summary>Whether that word may hold commas.</summary>
    public virtual bool HoldsCommas => false;

    /// <summary>The type that options may have for a type of C#.</summary>
    /// <param name="type">Of the property, or of a part of it.</param>
    /// <param name="signed">Whether whole numbers may be negative.</param>
    /// <exception cref="NotSupportedException">Options cannot have that type: the record that declares one is wrong.</exception>
    public static OptionType Of(Type type, bool signed)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Of(underlying, signed);
        if (OptionValues.TryFind(type, signed, out var values))
        {
            var text = new ScalarType(values);
            return values is ParsedValues && RecordType.IsRecord(type) && RecordType.HasMembers(type) ? new TextOrRecordType(text, new RecordType(type, signed)) : text;
        }

        if (ListType.ItemOf(type) is { } item) return new ListType(type, Of(item, signed));
        if (MapType.ValueOf(type) is { } value) return new MapType(type, Of(value, signed));
        if (RecordType.IsRecord(type)) return new RecordType(type, signed);
        throw new NotSupportedException(
            $"An option cannot be a {type}: use string, bool, int, long, double, TimeSpan, Uri, Regex, FlowFilter, an enum, a type with a static Parse(string), a list or a dictionary of these, or a record.");
    }

    /// <summary>Reads a value; one that cannot be read is a problem of <paramref name="reading"/>.</summary>
    public abstract bool TryRead(GivenValue given, OptionReading reading, out object? value);

    /// <summary>Appends a value as one line of YAML.</summary>
    /// <param name="yaml">What to append to.</param>
    /// <param name="value">Of this type; null for none.</param>
    /// <param name="valueName">What stands for the value in help: BYTES are written with suffixes.</param>
    public void AppendTo(StringBuilder yaml, object? value, string valueName)
    {
        if (value is null) yaml.Append("null");
        else AppendValue(yaml, value, valueName);
    }

    /// <summary>A short form of the type: "TEXT", "[NUMBER, …]", "{host: TEXT}".</summary>
    /// <param name="levels">How many levels to go down; 0 for an ellipsis.</param>
    public abstract string Describe(int levels);

    /// <inheritdoc cref="AppendTo"/>
    protected abstract void AppendValue(StringBuilder yaml, object value, string valueName);

    /// <summary>Replaces "@FILE" by what the file says in YAML or JSON, for values that are more than words.</summary>
    /// <returns>False when that is wrong, which is then a problem of the reading.</returns>
    protected static bool TryInclude(ref GivenValue given, ref OptionReading reading)
    {
        if (given is not GivenText { Text: ['@', .. var path] } || reading.Files is not { } files) return true;
        if (files.TryRead(path, given, reading, out var included) is not { } read) return false;
        (given, reading) = (read, included);
        return true;
    }

    /// <summary>What a word of a command line or variable says in YAML, as values that are more than words are given there.</summary>
    protected static bool TryReadInline(GivenText given, OptionReading reading, [NotNullWhen(true)] out GivenValue? read)
    {
        try
        {
            read = YamlReader.ReadInline(given);
            return true;
        }
        catch (ConfigurationException exception)
        {
            // The parser's message may hold a part of the value.
            reading.Add(reading.IsSecret ? $"{given.Place} ***: not YAML." : exception.Message);
            read = null;
            return false;
        }
    }
}
