namespace ScriptProxy;

/// <summary>
/// Declares a property as an option: its flag, YAML key, environment variable, help line and documentation come from here and from the
/// property's type and default.
/// </summary>
/// <param name="help">One sentence, ending with a full stop. Units and what leaving it out means belong here.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string help) : Attribute
{
    /// <summary>One sentence for --help and the documentation.</summary>
    public string Help => help;

    /// <summary>What stands for the value in --help, such as FILE or HOST:PORT; null derives it from the type.</summary>
    public string? ValueName { get; init; }

    /// <summary>A one-letter flag, such as "s" for -s; null for none.</summary>
    public string? Letter { get; init; }

    /// <summary>The heading under which --help lists it; null for the general list.</summary>
    public string? Group { get; init; }
}
