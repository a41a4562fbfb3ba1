using System.Collections.Frozen;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>
/// Looks for calls that hold their thread in the code that runs for traffic. A script with such a call runs on threads of its
/// own from the start; what is not seen here (in libraries, behind interfaces) is found when it happens. Reads metadata and IL, runs nothing.
/// </summary>
internal static class BlockingCalls
{
    private const string Any = "*";

    // Type -> methods; "*" for all of them.
    private static readonly FrozenDictionary<string, string[]> Known = new Dictionary<string, string[]>
    {
        ["System.Threading.Thread"] = ["Sleep", "Join", "SpinWait"],
        ["System.Threading.SpinWait"] = ["SpinUntil"],
        ["System.Threading.WaitHandle"] = ["WaitOne", "WaitAll", "WaitAny", "SignalAndWait"],
        ["System.Threading.ManualResetEventSlim"] = ["Wait"],
        ["System.Threading.SemaphoreSlim"] = ["Wait"],
        ["System.Threading.CountdownEvent"] = ["Wait"],
        ["System.Threading.Barrier"] = ["SignalAndWait"],
        ["System.Threading.Monitor"] = ["Wait"],
        ["System.Threading.Tasks.Task"] = ["Wait", "WaitAll", "WaitAny", "RunSynchronously"],
        ["System.Threading.Tasks.Task`1"] = ["get_Result"],
        ["System.Threading.Tasks.ValueTask`1"] = ["get_Result"],
        ["System.Threading.Tasks.Parallel"] = ["For", "ForEach", "Invoke"],
        ["System.Runtime.CompilerServices.TaskAwaiter"] = ["GetResult"],
        ["System.Runtime.CompilerServices.TaskAwaiter`1"] = ["GetResult"],
        ["System.Runtime.CompilerServices.ValueTaskAwaiter"] = ["GetResult"],
        ["System.Runtime.CompilerServices.ValueTaskAwaiter`1"] = ["GetResult"],
        ["System.Collections.Concurrent.BlockingCollection`1"] = ["Add", "Take", "GetConsumingEnumerable"],
        ["System.Diagnostics.Process"] = ["WaitForExit", "WaitForInputIdle"],
        ["System.Net.Http.HttpClient"] = ["Send"],
        ["System.Net.Http.HttpMessageInvoker"] = ["Send"],
        ["System.Net.WebRequest"] = ["GetResponse", "GetRequestStream"],
        ["System.Net.WebClient"] = [Any],
        ["System.Net.Dns"] = ["GetHostEntry", "GetHostAddresses"],
        ["System.Net.Sockets.Socket"] = ["Connect", "Accept", "Send", "Receive", "SendTo", "ReceiveFrom"],
        ["System.Net.Sockets.TcpClient"] = ["Connect"],
        ["System.Net.Sockets.UdpClient"] = ["Send", "Receive"],
        ["System.Net.NetworkInformation.Ping"] = ["Send"],
        ["System.Net.Mail.SmtpClient"] = ["Send"],
        ["System.Data.Common.DbConnection"] = ["Open"],
        ["System.Data.Common.DbCommand"] = ["ExecuteReader", "ExecuteNonQuery", "ExecuteScalar"],
        ["System.Console"] = ["Read", "ReadLine", "ReadKey"],
        ["System.IO.File"] =
        [
            "AppendAllBytes", "AppendAllLines", "AppendAllText", "AppendText", "Copy", "Create", "CreateText", "Open", "OpenRead", "OpenText", "OpenWrite",
            "ReadAllBytes", "ReadAllLines", "ReadAllText", "ReadLines", "Replace", "WriteAllBytes", "WriteAllLines", "WriteAllText",
        ],
        ["System.IO.FileStream"] = [".ctor"],
        ["System.IO.Stream"] = ["Read", "ReadByte", "ReadExactly", "ReadAtLeast", "Write", "CopyTo"],
        ["System.IO.Directory"] = ["EnumerateFiles", "EnumerateDirectories", "EnumerateFileSystemEntries", "GetFiles", "GetDirectories", "Delete"],
    }.ToFrozenDictionary();

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
                if (NameOf(metadata, call) is var (type, name) && IsBlocking(type, name) && !(ignoresAwaiters && name == "GetResult"))
                    return $"{type[(type.LastIndexOf('.') + 1)..].Split('`')[0]}.{name.Replace("get_", "", StringComparison.Ordinal)}";
            }
        }

        return null;
    }

    private static bool IsBlocking(string type, string method) =>
        Known.TryGetValue(type, out var methods) && (methods[0] == Any || methods.Contains(method));

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
