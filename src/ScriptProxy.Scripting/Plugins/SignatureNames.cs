using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>Signatures as text that is equal for equal signatures, whichever assembly they are read from: types by full name, without their assembly.</summary>
internal sealed class SignatureNames : ISignatureTypeProvider<string, object?>
{
    public static readonly SignatureNames Instance = new();

    private SignatureNames()
    {
    }

    /// <summary>"ScriptProxy.HttpFlow", "Outer/Inner".</summary>
    public static string NameOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        if (type.GetDeclaringType() is { IsNil: false } outer) return $"{NameOf(reader, outer)}/{name}";
        return Join(reader.GetString(type.Namespace), name);
    }

    /// <inheritdoc cref="NameOf(MetadataReader, TypeDefinitionHandle)"/>
    public static string NameOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference) return $"{NameOf(reader, (TypeReferenceHandle)type.ResolutionScope)}/{name}";
        return Join(reader.GetString(type.Namespace), name);
    }

    /// <summary>A type without its arguments: "ScriptProxy.Addon`1" for "ScriptProxy.Addon`1&lt;Mask&gt;".</summary>
    public static string WithoutArguments(string type) => type.IndexOf('<', StringComparison.Ordinal) is var start and > 0 ? type[..start] : type;

    /// <summary>"(int,string)void" with the number of type parameters and whether there is an instance.</summary>
    public static string Describe(MethodSignature<string> signature) =>
        $"`{signature.GenericParameterCount}{(signature.Header.IsInstance ? "" : "static ")}({string.Join(',', signature.ParameterTypes)}){signature.ReturnType}";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{shape.Rank}]";

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetFunctionPointerType(MethodSignature<string> signature) => "*" + Describe(signature);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(',', typeArguments)}>";

    public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

    public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => $"{unmodifiedType} {(isRequired ? "modreq" : "modopt")}({modifier})";

    public string GetPinnedType(string elementType) => elementType;

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => NameOf(reader, handle);

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => NameOf(reader, handle);

    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    private static string Join(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
}
