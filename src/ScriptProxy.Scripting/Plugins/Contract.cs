using System.Reflection;
using System.Reflection.Metadata;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>What ScriptProxy.Abstractions offers, by name and signature: the members that code outside may use.</summary>
internal sealed class Contract
{
    private readonly Dictionary<string, ContractType> _types = new(StringComparer.Ordinal);

    /// <summary>Reads the contract's metadata.</summary>
    public Contract(MetadataReader reader)
    {
        var assembly = reader.GetAssemblyDefinition();
        (Name, Version) = (reader.GetString(assembly.Name), assembly.Version);
        foreach (var handle in reader.TypeDefinitions)
        {
            if (IsVisible(reader, handle)) _types[SignatureNames.NameOf(reader, handle)] = Read(reader, reader.GetTypeDefinition(handle));
        }
    }

    /// <summary>The one that this process runs with.</summary>
    public static Contract Current { get; } = ReadCurrent();

    public string Name { get; }

    public Version Version { get; }

    /// <summary>Whether code outside can name the type.</summary>
    public bool HasType(string type) => _types.ContainsKey(type);

    /// <summary>Whether the type, or one it derives from, has the member.</summary>
    /// <param name="type">Full name, without type arguments.</param>
    /// <param name="member">Name and signature, as <see cref="MemberName"/> makes them.</param>
    public bool HasMember(string type, string member) => Chain(type).Any(found => found.Members.Contains(member));

    /// <summary>Whether a class that derives from the type has something to override; true as well where the answer lies outside the contract.</summary>
    public bool CanOverride(string type, string method, int parameters)
    {
        var chain = Chain(type).ToList();
        return chain.Any(found => found.Virtual.Contains((method, parameters))) || (chain.Count > 0 && chain[^1].BaseType is not "System.Object");
    }

    public static string MemberName(string name, string signature) => $"{name} {signature}";

    private static unsafe Contract ReadCurrent()
    {
        if (!typeof(Addon).Assembly.TryGetRawMetadata(out var blob, out var length)) throw new InvalidOperationException("The contract's assembly has no metadata.");
        return new Contract(new MetadataReader(blob, length));
    }

    private static bool IsVisible(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(reader, type.GetDeclaringType()),
            _ => false,
        };
    }

    private static ContractType Read(MetadataReader reader, TypeDefinition type)
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        var overridable = new HashSet<(string, int)>();
        foreach (var handle in type.GetMethods())
        {
            var method = reader.GetMethodDefinition(handle);
            if ((method.Attributes & MethodAttributes.MemberAccessMask) is not (MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem)) continue;
            var (name, signature) = (reader.GetString(method.Name), method.DecodeSignature(SignatureNames.Instance, null));
            members.Add(MemberName(name, SignatureNames.Describe(signature)));
            if (method.Attributes.HasFlag(MethodAttributes.Virtual) && !method.Attributes.HasFlag(MethodAttributes.Final)) overridable.Add((name, signature.ParameterTypes.Length));
        }

        foreach (var handle in type.GetFields())
        {
            var field = reader.GetFieldDefinition(handle);
            if ((field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem)
                members.Add(MemberName(reader.GetString(field.Name), field.DecodeSignature(SignatureNames.Instance, null)));
        }

        return new ContractType(members, overridable, BaseOf(reader, type.BaseType));
    }

    private static string? BaseOf(MetadataReader reader, EntityHandle type) => type.Kind switch
    {
        _ when type.IsNil => null,
        HandleKind.TypeDefinition => SignatureNames.NameOf(reader, (TypeDefinitionHandle)type),
        HandleKind.TypeReference => SignatureNames.NameOf(reader, (TypeReferenceHandle)type),
        _ => SignatureNames.WithoutArguments(reader.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(SignatureNames.Instance, null)),
    };

    private IEnumerable<ContractType> Chain(string type)
    {
        for (string? next = type; next is not null && _types.TryGetValue(next, out var found); next = found.BaseType) yield return found;
    }

    private sealed record ContractType(HashSet<string> Members, HashSet<(string Method, int Parameters)> Virtual, string? BaseType);
}
