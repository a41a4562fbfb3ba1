using System.Reflection;
using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>One option: all that flags, variables, files, help and documentation say of a property with <see cref="OptionAttribute"/>.</summary>
internal sealed class OptionDescriptor
{
    /// <summary>The key of --addons in files, where "addons" holds the options of addons.</summary>
    public const string AddonsFolderKey = "addons-dir";

    private readonly PropertyInfo _property;
    private readonly OptionAttribute _attribute;
    private readonly bool _takesNull;

    /// <param name="property">The property.</param>
    /// <param name="attribute">What declares it.</param>
    /// <param name="defaults">A record without any value set.</param>
    /// <param name="addon">The name of the addon whose option it is; null for the proxy's own.</param>
    /// <exception cref="NotSupportedException">The property cannot be an option.</exception>
    public OptionDescriptor(PropertyInfo property, OptionAttribute attribute, object defaults, string? addon = null)
    {
        if (property.SetMethod is null) throw new NotSupportedException($"An option needs a setter: {property.PropertyType.Name} {property.Name} {{ get; init; }}.");
        _property = property;
        _attribute = attribute;
        _takesNull = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (!property.PropertyType.IsValueType && RecordMember.TakesNull(new NullabilityInfoContext().Create(property)));
        Type = OptionType.Of(property.PropertyType, signed: addon is not null);
        IsSwitch = property.PropertyType == typeof(bool);
        IsRepeatable = Type is ListType or MapType;

        Name = Kebab(property.Name);
        Flag = addon is null ? "--" + Name : $"--set {addon}.{Name}";
        Letter = attribute.Letter is { } letter ? "-" + letter : null;
        Variable = "SCRIPTPROXY_" + ((addon is null ? "" : addon + "_") + Name).Replace('-', '_').ToUpperInvariant();
        Help = attribute.Help;
        Group = attribute.Group ?? "General";
        ValueName = attribute.ValueName ?? (IsSwitch ? "" : Type is ListType { Item: ScalarType item } ? item.Name : Type.Name);
        IsSecret = attribute.Secret || LooksSecret(Name);
        var value = property.GetValue(defaults);
        Default = IsSwitch || IsRepeatable || value is null || Type is not ScalarType scalar ? null : scalar.Values.Format(value, ValueName);
        DefaultYaml = Yaml(value);
    }

    /// <summary>The name in files, such as ca-dir.</summary>
    public string Name { get; }

    /// <summary>The key in files: the name, but for --addons.</summary>
    public string FileKey => Flag == "--addons" ? AddonsFolderKey : Name;

    /// <summary>The flag, such as --ca-dir or --set mask.headers.</summary>
    public string Flag { get; }

    /// <summary>The short flag, such as -l; null for none.</summary>
    public string? Letter { get; }

    /// <summary>The environment variable, such as SCRIPTPROXY_CA_DIR.</summary>
    public string Variable { get; }

    /// <summary>One sentence.</summary>
    public string Help { get; }

    /// <summary>The heading it is listed under.</summary>
    public string Group { get; }

    /// <summary>What stands for the value in help, such as DIR; for a list, for one of its values. Says nothing for a switch.</summary>
    public string ValueName { get; }

    /// <summary>Whether the flag alone turns it on.</summary>
    public bool IsSwitch { get; }

    /// <summary>Whether it may be given several times.</summary>
    public bool IsRepeatable { get; }

    /// <summary>Whether its value is kept out of all that is printed.</summary>
    public bool IsSecret { get; }

    /// <summary>The default as a user would write it; null for a switch, a list, or when there is none.</summary>
    public string? Default { get; }

    /// <summary>The default as one line of YAML.</summary>
    public string DefaultYaml { get; }

    /// <summary>How its values are given.</summary>
    public OptionType Type { get; }

    /// <summary>How its values are written, when they are words.</summary>
    public OptionValues? Values => (Type as ScalarType)?.Values;

    /// <summary>The options that a type declares, in the order of their declaration.</summary>
    /// <param name="defaults">A record without any value set.</param>
    /// <param name="addon">The name of the addon whose options they are; null for the proxy's own.</param>
    /// <exception cref="NotSupportedException">A property cannot be an option.</exception>
    public static IReadOnlyList<OptionDescriptor> Of(object defaults, string? addon = null) =>
    [
        .. from property in Declaring(defaults.GetType())
           orderby property.MetadataToken
           select new OptionDescriptor(property, property.GetCustomAttribute<OptionAttribute>()!, defaults, addon),
    ];

    /// <summary>The properties of a type that declare options.</summary>
    public static IEnumerable<PropertyInfo> Declaring(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.IsDefined(typeof(OptionAttribute)));

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

    /// <summary>Whether an option of that name holds a secret although it does not say so.</summary>
    public static bool LooksSecret(string name) => SecretNames.IsHeader(name);

    /// <summary>Sets the property to what the user wrote. What is wrong with that is added to <paramref name="problems"/>, and changes nothing.</summary>
    /// <param name="target">The options record, not yet shown to anyone.</param>
    /// <param name="given">What was written.</param>
    /// <param name="baseDirectory">The folder of the file; null when there is none.</param>
    /// <param name="problems">Gets a line for each value that is wrong.</param>
    /// <param name="files">Reads what "@FILE" names; null where it has no meaning.</param>
    public void Set(object target, GivenValue given, string? baseDirectory, ICollection<string> problems, OptionFiles? files = null)
    {
        var reading = new OptionReading(problems)
        {
            IsSecret = IsSecret,
            HoldsPath = ValueName is "FILE" or "DIR",
            BaseDirectory = baseDirectory,
            Files = files,
            Min = _attribute.Min,
            Max = _attribute.Max,
        };
        if (_takesNull && given is GivenText { Text: null }) Assign(target, null, given, reading);
        else if (Type.TryRead(given, reading, out var value)) Assign(target, value, given, reading);
    }

    /// <summary>The value in a record as one line of YAML; *** for a secret.</summary>
    public string ValueYaml(object record) => Yaml(_property.GetValue(record));

    private string Yaml(object? value)
    {
        if (IsSecret && value is not null and not "") return "\"***\"";
        var text = new StringBuilder();
        Type.AppendTo(text, value, ValueName);
        return text.ToString();
    }

    private void Assign(object target, object? value, GivenValue given, OptionReading reading)
    {
        try
        {
            _property.SetValue(target, value);
        }
        catch (TargetInvocationException exception)
        {
            // The setter is the addon's own.
            reading.Add($"{given.Place}: {Printable.Escape(exception.InnerException!.Message)}");
        }
    }
}
