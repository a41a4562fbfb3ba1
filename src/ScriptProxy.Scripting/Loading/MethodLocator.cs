using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;
using ScriptProxy.Scripting.Compiling;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Where a method stands in the sources, from the portable PDB: no compiler is needed to say what is wrong with it.</summary>
internal sealed class MethodLocator(CompiledScript script) : IDisposable
{
    private readonly MetadataReaderProvider _symbols = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(script.Symbols, writable: false));

    /// <summary>"mask.csx(3,14)": the start of the method's code; the script's file alone when the method has none.</summary>
    public string Find(MethodInfo method)
    {
        // The code of an async method is in its state machine.
        var code = method.GetCustomAttribute<StateMachineAttribute>()?.StateMachineType
            .GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? method;
        var symbols = _symbols.GetMetadataReader();
        var handle = ((MethodDefinitionHandle)MetadataTokens.EntityHandle(code.MetadataToken)).ToDebugInformationHandle();
        foreach (var point in symbols.GetMethodDebugInformation(handle).GetSequencePoints())
        {
            if (!point.IsHidden) return ScriptMessage.Position(symbols.GetString(symbols.GetDocument(point.Document).Name), point.StartLine, point.StartColumn);
        }

        return ScriptMessage.Position(script.Path, 0, 0);
    }

    public void Dispose() => _symbols.Dispose();
}
