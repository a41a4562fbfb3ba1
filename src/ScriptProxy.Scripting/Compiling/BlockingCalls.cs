using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ScriptProxy.Analyzers;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>
/// Looks for calls that hold their thread in the code that runs for traffic. A script with such a call runs on threads of its
/// own from the start; what is not seen here (in libraries, behind interfaces) is found when it happens. Reads metadata and IL, runs nothing.
/// </summary>
internal static class BlockingCalls
{
    // Runs before the version is live or after its last flow, never for a flow.
    private static readonly string[] BesideTraffic = ["<Initialize>", "<Main>", "<Factory>", ".ctor", ".cctor", "OnLoad", "OnUnload", "OnLoadAsync", "OnUnloadAsync"];

    /// <summary>The first such call, as "Type.Method"; null when there is none.</summary>
    public static string? Find(byte[] image)
    {
        using var portableExecutable = new PEReader(new MemoryStream(image, writable: false));
        var metadata = portableExecutable.GetMetadataReader();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0 || !ServesTraffic(metadata, method)) continue;

            // In an async method the compiler's own code calls GetResult, on what has completed.
            var ignoresAwaiters = metadata.GetString(method.Name) == "MoveNext";
            var body = portableExecutable.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
            foreach (var call in IlReader.Calls(body))
            {
                if (NameOf(metadata, call) is var (type, name) && BlockingMembers.Contains(type, name) && !(ignoresAwaiters && name == "GetResult"))
                    return $"{type[(type.LastIndexOf('.') + 1)..].Split('`')[0]}.{name.Replace("get_", "", StringComparison.Ordinal)}";
            }
        }

        return null;
    }

    /// <summary>Compiler-made types are named after the method they serve: "&lt;OnLoad&gt;d__3".</summary>
    private static bool ServesTraffic(MetadataReader metadata, MethodDefinition method)
    {
        var name = metadata.GetString(method.Name);
        var type = metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name);
        return !BesideTraffic.Any(beside => name == beside || name.StartsWith($"<{beside}>", StringComparison.Ordinal)
            || type.StartsWith($"<{beside}>", StringComparison.Ordinal));
    }

    private static (string Type, string Name)? NameOf(MetadataReader metadata, EntityHandle method)
    {
        if (method.Kind == HandleKind.MethodSpecification) method = metadata.GetMethodSpecification((MethodSpecificationHandle)method).Method;
        if (method.Kind != HandleKind.MemberReference) return null; // the script's own
        var member = metadata.GetMemberReference((MemberReferenceHandle)method);
        var parent = member.Parent;
        if (parent.Kind == HandleKind.TypeSpecification) parent = GenericType(metadata, (TypeSpecificationHandle)parent);
        if (parent.Kind != HandleKind.TypeReference) return null;
        var type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        return ($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}", metadata.GetString(member.Name));
    }

    /// <summary>Task&lt;T&gt; behind Task&lt;string&gt; (ECMA-335 §II.23.2.14).</summary>
    private static EntityHandle GenericType(MetadataReader metadata, TypeSpecificationHandle handle)
    {
        var blob = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return default;
        blob.ReadSignatureTypeCode(); // class or value type
        return blob.ReadTypeHandle();
    }
}
