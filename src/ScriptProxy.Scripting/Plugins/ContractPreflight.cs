using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>
/// Compares what a plugin was built against with what there is, by metadata alone: nothing of the plugin is loaded or run. Without this
/// a member that is gone would be missed at the first request, and a hook that is gone would never be called, in silence.
/// </summary>
internal sealed class ContractPreflight(Contract contract)
{
    private const int MostNamed = 5;

    // What every class can override.
    private static readonly string[] OfObject = ["Equals", "GetHashCode", "ToString", "Finalize"];

    private string ContractVersion => $"{contract.Name} {contract.Version.ToString(2)}";

    /// <summary>Looks at the plugin's DLL.</summary>
    /// <returns>Why it must not be loaded, and what to do; null when it can be.</returns>
    /// <exception cref="BadImageFormatException">It is not what it seems.</exception>
    public string? Check(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        if (!image.HasMetadata) return "it is not a .NET assembly. A plugin is a class library that references ScriptProxy.Abstractions.";
        var plugin = image.GetMetadataReader();
        return CheckReferences(plugin) ?? CheckMembers(plugin);
    }

    private string? CheckReferences(MetadataReader plugin)
    {
        var references = plugin.AssemblyReferences.Select(plugin.GetAssemblyReference).Select(reference => (Name: plugin.GetString(reference.Name), reference.Version)).ToList();
        if (references.FirstOrDefault(reference => reference.Name is "System.Runtime" or "System.Private.CoreLib").Version is { } runtime && runtime.Major > Environment.Version.Major)
            return $"it was built for .NET {runtime.Major}, and this is .NET {Environment.Version.Major}. Build it for net{Environment.Version.Major}.0, or run scriptproxy with .NET {runtime.Major}.";
        if (references.FirstOrDefault(reference => reference.Name == contract.Name).Version is not { } built)
            return $"it does not reference {contract.Name}, so it cannot hold addons. Name the DLL whose classes derive from Addon.";

        var have = contract.Version;
        if (built.Major != have.Major)
            return $"it was built against {contract.Name} {built.ToString(2)}, and this is {have.ToString(2)}: major versions do not mix. Build it against {have.ToString(2)}, or install scriptproxy {built.Major}.x.";
        if (built.Minor > have.Minor)
            return $"it was built against {contract.Name} {built.ToString(2)}, and this is {have.ToString(2)}. Update scriptproxy, or build the plugin against {have.ToString(2)}.";
        return null;
    }

    private string? CheckMembers(MetadataReader plugin)
    {
        var missing = MissingTypes(plugin).Concat(MissingMembers(plugin)).Concat(MissingOverrides(plugin)).Distinct().ToList();
        if (missing.Count == 0) return null;
        var more = missing.Count > MostNamed ? $" and {missing.Count - MostNamed} more" : "";
        return $"it uses what {ContractVersion} does not have: {string.Join(", ", missing.Take(MostNamed))}{more}. Build it against this version.";
    }

    private IEnumerable<string> MissingTypes(MetadataReader plugin) =>
        from handle in plugin.TypeReferences
        where IsOfContract(plugin, handle)
        let type = SignatureNames.NameOf(plugin, handle)
        where !contract.HasType(type)
        select Shown(type);

    private IEnumerable<string> MissingMembers(MetadataReader plugin)
    {
        foreach (var handle in plugin.MemberReferences)
        {
            var member = plugin.GetMemberReference(handle);
            if (TypeOf(plugin, member.Parent) is not { } type || !contract.HasType(type)) continue;
            var name = plugin.GetString(member.Name);
            var signature = member.GetKind() == MemberReferenceKind.Method
                ? SignatureNames.Describe(member.DecodeMethodSignature(SignatureNames.Instance, null))
                : member.DecodeFieldSignature(SignatureNames.Instance, null);
            if (!contract.HasMember(type, Contract.MemberName(name, signature))) yield return $"{Shown(type)}.{Shown(name)}";
        }
    }

    /// <summary>An override of something that is gone is, to the runtime, a new method that nobody calls.</summary>
    private IEnumerable<string> MissingOverrides(MetadataReader plugin)
    {
        foreach (var type in plugin.TypeDefinitions.Select(plugin.GetTypeDefinition))
        {
            if (type.BaseType.IsNil || TypeOf(plugin, type.BaseType) is not { } baseType || !contract.HasType(baseType)) continue;
            foreach (var method in type.GetMethods().Select(plugin.GetMethodDefinition))
            {
                if (!method.Attributes.HasFlag(MethodAttributes.Virtual) || method.Attributes.HasFlag(MethodAttributes.NewSlot)) continue;
                var name = plugin.GetString(method.Name);
                var parameters = method.DecodeSignature(SignatureNames.Instance, null).ParameterTypes.Length;
                if (!OfObject.Contains(name) && !contract.CanOverride(baseType, name, parameters)) yield return $"{Shown(baseType)}.{Shown(name)} to override";
            }
        }
    }

    /// <summary>The full name of a type of the contract, without type arguments; null for any other.</summary>
    private string? TypeOf(MetadataReader plugin, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeReference)
            return IsOfContract(plugin, (TypeReferenceHandle)handle) ? SignatureNames.NameOf(plugin, (TypeReferenceHandle)handle) : null;
        if (handle.Kind != HandleKind.TypeSpecification) return null;

        // Addon<T> behind Addon<MaskOptions> (ECMA-335 §II.23.2.14).
        var blob = plugin.GetBlobReader(plugin.GetTypeSpecification((TypeSpecificationHandle)handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return null;
        blob.ReadSignatureTypeCode(); // class or value type
        return TypeOf(plugin, blob.ReadTypeHandle());
    }

    private bool IsOfContract(MetadataReader plugin, TypeReferenceHandle handle)
    {
        var scope = plugin.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsOfContract(plugin, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => plugin.GetString(plugin.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) == contract.Name,
            _ => false,
        };
    }

    /// <summary>"HttpFlow" for "ScriptProxy.HttpFlow", "Options" for "get_Options".</summary>
    private static string Shown(string name)
    {
        var shown = name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal) ? name[4..] : name;
        return shown.StartsWith("ScriptProxy.", StringComparison.Ordinal) ? shown["ScriptProxy.".Length..] : shown;
    }
}
