using System.Reflection;
using System.Text;

namespace ScriptProxy.Engine;

/// <summary>One option: all that flags, variables, help and documentation say of a property with <see cref="OptionAttribute"/>.</summary>
internal sealed class OptionDescriptor
{
    private readonly PropertyInfo _property;

    public OptionDescriptor(PropertyInfo property, OptionAttribute attribute, object defaults)
    {
        _property = property;
        var type = property.PropertyType;
        IsSwitch = type == typeof(bool);
        IsRepeatable = type == typeof(string[]);
        Values = IsSwitch ? OptionValues.Switch : OptionValues.Of(IsRepeatable ? typeof(string) : type);

        var name = Kebab(property.Name);
        Flag = "--" + name;
        Letter = attribute.Letter is { } letter ? "-" + letter : null;
        Variable = "SCRIPTPROXY_" + name.Replace('-', '_').ToUpperInvariant();
        Help = attribute.Help;
        Group = attribute.Group ?? "General";
        ValueName = attribute.ValueName ?? Values.Name;
        Default = IsSwitch || IsRepeatable || property.GetValue(defaults) is not { } value ? null : Values.Format(value, ValueName);
    }

    /// <summary>The flag, such as --ca-dir.</summary>
    public string Flag { get; }

    /// <summary>The short flag, such as -l; null for none.</summary>
    public string? Letter { get; }

    /// <summary>The environment variable, such as SCRIPTPROXY_CA_DIR.</summary>
    public string Variable { get; }

    /// <summary>One sentence.</summary>
    public string Help { get; }

    /// <summary>The heading it is listed under.</summary>
    public string Group { get; }

    /// <summary>What stands for the value in help, such as DIR. Says nothing for a switch.</summary>
    public string ValueName { get; }

    /// <summary>Whether the flag alone turns it on.</summary>
    public bool IsSwitch { get; }

    /// <summary>Whether it may be given several times.</summary>
    public bool IsRepeatable { get; }

    /// <summary>The default as a user would write it; null for a switch, a list, or when there is none.</summary>
    public string? Default { get; }

    /// <summary>How its values are written.</summary>
    public OptionValues Values { get; }

    /// <summary>The words of a Pascal-case name in lower case, joined by hyphens.</summary>
    public static string Kebab(string name)
    {
        var result = new StringBuilder(name.Length + 4);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character) && result.Length > 0) result.Append('-');
            result.Append(char.ToLowerInvariant(character));
        }

        return result.ToString();
    }

    /// <summary>Sets the property from what the user wrote.</summary>
    /// <param name="target">The options record, not yet shown to anyone.</param>
    /// <param name="source">The flag or variable, for the problem's text.</param>
    /// <param name="texts">The values in order; several only for a repeatable option.</param>
    /// <returns>Null when all is well, else one line naming source, value and remedy.</returns>
    public string? Set(object target, string source, IReadOnlyList<string> texts)
    {
        if (texts.Contains("")) return $"{source} \"\": expected {(IsSwitch ? Values.Expected : ValueName)}, got nothing.";
        if (IsRepeatable)
        {
            _property.SetValue(target, texts.ToArray());
            return null;
        }

        if (texts.Count > 1) return $"{source}: expected once, got {texts.Count} times.";
        if (Values.TryParse(texts[0], out var value))
        {
            _property.SetValue(target, value);
            return null;
        }

        return $"{source} \"{Recording.Printable.Escape(texts[0])}\": expected {Values.Expected}.";
    }
}
