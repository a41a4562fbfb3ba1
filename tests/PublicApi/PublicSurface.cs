using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace ScriptProxy.PublicApi;

/// <summary>What others can use of an assembly, as text: types, members, signatures, nullability. In an order of its own, so that moving code changes nothing.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Compares an assembly with docs/api/NAME.txt, or rewrites the file where UPDATE_API is set.</summary>
    /// <exception cref="InvalidOperationException">They differ; the message says in what, and how to go on.</exception>
    public static void Compare(Assembly assembly, [CallerFilePath] string thisFile = "")
    {
        var name = assembly.GetName().Name!;
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "docs", "api", name + ".txt"));
        var now = Of(assembly);
        if (Environment.GetEnvironmentVariable("UPDATE_API") is { Length: > 0 }) File.WriteAllText(path, now);

        var reviewed = File.Exists(path) ? File.ReadAllText(path) : "";
        if (now == reviewed) return;

        var before = reviewed.Split('\n');
        var after = now.Split('\n');
        var gone = before.Except(after).Select(line => "- " + line);
        var added = after.Except(before).Select(line => "+ " + line);
        throw new InvalidOperationException(
            $"What others can use of {name} is not what docs/api/{name}.txt says:\n{string.Join('\n', gone.Concat(added))}\n" +
            "If that is meant, run the test with UPDATE_API=1 and commit the file.");
    }

    /// <summary>The surface of an assembly.</summary>
    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetTypes().Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(TypeLine(type)).Append('\n');
            var members = type.IsEnum
                ? type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $"{field.Name} = {field.GetRawConstantValue()}")
                : type.GetMembers(Declared).OrderBy(member => member.Name, StringComparer.Ordinal).ThenBy(MemberLine, StringComparer.Ordinal).Select(MemberLine).OfType<string>();
            foreach (var member in members) text.Append("    ").Append(member).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }

    private static bool IsVisible(Type type) =>
        (type.IsPublic || (type.IsNestedPublic && IsVisible(type.DeclaringType!))) && !type.IsDefined(typeof(CompilerGeneratedAttribute));

    private static string TypeLine(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => "struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            _ when type.GetMethod("<Clone>$") is not null => "record",
            _ => "class",
        };
        var modifiers = kind is "class" or "record" ? (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static ",
            (true, false) => "abstract ",
            (false, true) => "sealed ",
            _ => "",
        }
        : "";
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && kind != "delegate") bases.Add(Name(parent));
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        bases.AddRange(type.IsEnum ? [] : type.GetInterfaces().Where(IsNamed).Except(inherited).Select(face => Name(face)).Order(StringComparer.Ordinal));
        return $"{modifiers}{kind} {type.Namespace}.{Name(type)}{(bases.Count == 0 ? "" : " : " + string.Join(", ", bases))}{Constraints(type.GetGenericArguments())}";
    }

    private static bool IsNamed(Type face) => face.IsVisible && !(face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEquatable<>));

    private static string? MemberLine(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsForOthers(constructor) && !IsCopy(constructor) => $"{Access(constructor)}{constructor.DeclaringType!.Name.Split('`')[0]}({Parameters(constructor)})",
        MethodInfo method when IsForOthers(method) && !IsMadeByCompiler(method) =>
            $"{Access(method)}{Modifiers(method)}{Name(method.ReturnType, Nullability.Create(method.ReturnParameter))} {method.Name}{Generic(method)}({Parameters(method)}){Constraints(method.GetGenericArguments())}",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsForOthers) && property.Name != "EqualityContract" => PropertyLine(property),
        FieldInfo { IsPublic: true } field => field.IsLiteral
            ? $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}"
            : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType, Nullability.Create(field))} {field.Name}",
        EventInfo { AddMethod: { } add } @event when IsForOthers(add) => $"event {Name(@event.EventHandlerType!)} {@event.Name}",
        _ => null,
    };

    private static string PropertyLine(PropertyInfo property)
    {
        var getter = property.GetMethod is { } get && IsForOthers(get) ? get : null;
        var setter = property.SetMethod is { } set && IsForOthers(set) ? set : null;
        var accessor = getter ?? setter!;
        var isInit = setter?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"this[{string.Join(", ", parameters.Select(Parameter))}]" : property.Name;
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var accessors = (getter is null ? "" : "get; ") + (setter is null ? "" : isInit ? "init; " : "set; ");
        return $"{Access(accessor)}{required}{Modifiers(accessor)}{Name(property.PropertyType, Nullability.Create(property))} {index} {{ {accessors}}}";
    }

    private static bool IsForOthers(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && method.DeclaringType is { IsSealed: false });

    private static bool IsCopy(ConstructorInfo constructor) => constructor.IsFamily && constructor.GetParameters() is [var only] && only.ParameterType == constructor.DeclaringType;

    /// <summary>Accessors, what every record has, and overrides of object's own methods.</summary>
    private static bool IsMadeByCompiler(MethodInfo method) =>
        (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)) || method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<') ||
        method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" || method.Name is "op_Equality" or "op_Inequality" && method.DeclaringType!.GetMethod("<Clone>$") is not null;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method)
    {
        if (method.DeclaringType!.IsInterface) return "";
        if (method.IsStatic) return "static ";
        if (method.GetBaseDefinition() != method) return method.IsFinal ? "sealed override " : "override ";
        return method.IsAbstract ? "abstract " : method.IsVirtual && !method.IsFinal ? "virtual " : "";
    }

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var kind = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        var text = $"{kind}{Name(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}";
        if (!parameter.HasDefaultValue) return text;
        return text + " = " + parameter.DefaultValue switch
        {
            null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
            string value => $"\"{value}\"",
            bool value => value ? "true" : "false",
            var value => value.ToString(),
        };
    }

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        var attributes = argument.GenericParameterAttributes;
        var constraints = new List<string>();
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) constraints.Add("struct");
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) constraints.Add("class");
        constraints.AddRange(argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(type => Name(type)));
        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !constraints.Contains("struct")) constraints.Add("new()");
        return constraints.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", constraints)}";
    }));

    private static string Name(Type type, NullabilityInfo? info = null)
    {
        if (type.IsByRef) return Name(type.GetElementType()!, info);
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        var mark = info is { ReadState: NullabilityState.Nullable } && !type.IsValueType && !type.IsGenericParameter ? "?" : "";
        if (type.IsArray) return $"{Name(type.GetElementType()!, info?.ElementType)}[]{mark}";
        if (!type.IsGenericType) return Keyword(type) + mark;

        var arguments = type.GetGenericArguments().Select((argument, i) => Name(argument, info?.GenericTypeArguments.ElementAtOrDefault(i)));
        return $"{Outer(type)}{type.Name.Split('`')[0]}<{string.Join(", ", arguments)}>{mark}";
    }

    private static string Outer(Type type) => type.IsNested && !type.IsGenericParameter ? type.DeclaringType!.Name.Split('`')[0] + "." : "";

    private static string Keyword(Type type) => type.FullName switch
    {
        "System.Void" => "void",
        "System.String" => "string",
        "System.Boolean" => "bool",
        "System.Byte" => "byte",
        "System.Int32" => "int",
        "System.Int64" => "long",
        "System.Double" => "double",
        "System.Object" => "object",
        _ => Outer(type) + type.Name,
    };
}
