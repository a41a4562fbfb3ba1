using System.Reflection;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Engine;

/// <summary>One value of a record: a property that can be set, or a parameter of the constructor.</summary>
internal sealed class RecordMember
{
    private readonly PropertyInfo? _property;
    private readonly ParameterInfo? _parameter;
    private readonly OptionAttribute? _attribute;
    private readonly bool _takesNull;

    private RecordMember(string name, Type type, PropertyInfo? property, ParameterInfo? parameter, bool takesNull, bool signed)
    {
        Key = OptionDescriptor.Kebab(name);
        Type = OptionType.Of(type, signed);
        _property = property;
        _parameter = parameter;
        _takesNull = takesNull;
        _attribute = property?.GetCustomAttribute<OptionAttribute>();
        IsSecret = _attribute?.Secret is true || OptionDescriptor.LooksSecret(Key);
        IsRequired = parameter is { HasDefaultValue: false } || property?.IsDefined(typeof(RequiredMemberAttribute)) is true;
    }

    /// <summary>Its name as users write it.</summary>
    public string Key { get; }

    public OptionType Type { get; }

    public bool IsSecret { get; }

    /// <summary>Whether a record cannot be made without it.</summary>
    public bool IsRequired { get; }

    /// <summary>Whether values of a type can be made: it has a constructor without parameters, or one alone.</summary>
    public static bool CanMake(Type type) => type.GetConstructor([]) is not null || type.GetConstructors().Length == 1 || type.IsValueType;

    /// <summary>The members of a type, in the order of their declaration.</summary>
    /// <exception cref="NotSupportedException">One has a type that no option can have.</exception>
    public static IReadOnlyList<RecordMember> Of(Type type, bool signed)
    {
        var nullability = new NullabilityInfoContext();
        var parameters = Constructor(type)?.GetParameters() ?? [];
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0).ToList();
        var members = new List<RecordMember>();
        foreach (var parameter in parameters)
        {
            var property = properties.FirstOrDefault(property => property.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase));
            members.Add(new RecordMember(parameter.Name!, parameter.ParameterType, property, parameter, TakesNull(nullability.Create(parameter)), signed));
            if (property is not null) properties.Remove(property);
        }

        foreach (var property in properties.Where(property => property.SetMethod is { IsPublic: true }).OrderBy(property => property.MetadataToken))
            members.Add(new RecordMember(property.Name, property.PropertyType, property, null, TakesNull(nullability.Create(property)), signed));
        return members;
    }

    /// <summary>Makes a value of a type from what was read.</summary>
    /// <exception cref="TargetInvocationException">The constructor or a setter threw.</exception>
    public static object Make(Type type, IReadOnlyDictionary<RecordMember, object?> read)
    {
        var arguments = from parameter in Constructor(type)?.GetParameters() ?? []
                        let given = read.FirstOrDefault(one => one.Key._parameter?.Position == parameter.Position)
                        select given.Key is null ? DefaultOf(parameter) : given.Value;
        var made = Constructor(type) is { } constructor
            ? constructor.Invoke([.. arguments])
            : Activator.CreateInstance(type)!;
        foreach (var (member, value) in read)
        {
            if (member._parameter is null) member._property!.SetValue(made, value);
        }

        return made;
    }

    /// <summary>Whether null may stand for a value: what nobody says otherwise of.</summary>
    public static bool TakesNull(NullabilityInfo nullability) => nullability.WriteState != NullabilityState.NotNull;

    /// <summary>Its value in a record; null when it cannot be had.</summary>
    public object? Get(object record) => _property?.GetMethod is null ? null : _property.GetValue(record);

    /// <summary>Reads its value.</summary>
    public bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        value = null;
        return (_takesNull && given is GivenText { Text: null }) || Type.TryRead(given, reading.Within(_attribute, IsSecret), out value);
    }

    private static object? DefaultOf(ParameterInfo parameter)
    {
        if (parameter.DefaultValue is not null) return parameter.DefaultValue;
        return parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? Activator.CreateInstance(parameter.ParameterType) : null;
    }

    /// <summary>The constructor to call; null for the one without parameters.</summary>
    private static ConstructorInfo? Constructor(Type type) => type.GetConstructor([]) is null && type.GetConstructors() is [var only] ? only : null;
}
