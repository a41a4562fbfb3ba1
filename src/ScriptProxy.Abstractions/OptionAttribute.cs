namespace ScriptProxy;

/// <summary>
/// Declares a property as an option: its flag, YAML key, environment variable, help line and documentation come from here and from the
/// property's type and default. The property needs a setter (init will do) and one of these types: string, bool, int, long, double,
/// TimeSpan, Uri, Regex, an enum, a nullable one of these, a list or a dictionary (by string) of these, or a record whose properties have such types.
/// </summary>
/// <param name="help">One sentence, ending with a full stop. Units and what leaving it out means belong here.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string help) : Attribute
{
    /// <summary>One sentence for --help and the documentation.</summary>
    public string Help => help;

    /// <summary>What stands for the value in --help, such as HOST:PORT; null derives it from the type. FILE and DIR make a relative path in a file relative to that file.</summary>
    public string? ValueName { get; init; }

    /// <summary>A one-letter flag, such as "s" for -s; null for none. Only the proxy's own options have flags.</summary>
    public string? Letter { get; init; }

    /// <summary>The heading under which --help lists it; null for the general list.</summary>
    public string? Group { get; init; }

    /// <summary>The least a number may be; of a TimeSpan, in seconds.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>The most a number may be; of a TimeSpan, in seconds.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Whether its value is never shown. A name such as ApiKey or Password is enough to hide it.</summary>
    public bool Secret { get; init; }
}
