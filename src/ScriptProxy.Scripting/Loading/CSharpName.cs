using System.Reflection;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Types and methods as their author wrote them.</summary>
internal static class CSharpName
{
    /// <summary>"void OnRequest(string)".</summary>
    public static string Of(MethodInfo method)
    {
        var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Of))}>" : "";
        return $"{Of(method.ReturnType)} {method.Name}{generic}({string.Join(", ", method.GetParameters().Select(Of))})";
    }

    /// <summary>"Task&lt;int&gt;".</summary>
    public static string Of(Type type)
    {
        if (type == typeof(void)) return "void";
        if (type == typeof(string)) return "string";
        if (type == typeof(object)) return "object";
        if (type == typeof(int)) return "int";
        if (type == typeof(bool)) return "bool";
        if (type.IsArray) return Of(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }

    private static string Of(ParameterInfo parameter) => parameter.ParameterType.IsByRef
        ? $"{(parameter.IsOut ? "out" : parameter.IsIn ? "in" : "ref")} {Of(parameter.ParameterType.GetElementType()!)}"
        : Of(parameter.ParameterType);
}
