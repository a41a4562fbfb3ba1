using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Where a method stands in the sources, from the portable PDB: no compiler is needed to say what is wrong with it.</summary>
internal sealed class MethodLocator(AddonCode script) : IDisposable
{
    private readonly MetadataReaderProvider? _symbols = script.OpenSymbols();

    /// <summary>"mask.csx(3,14)": the start of the method's code; the addon's file alone when the method has none, or there are no symbols.</summary>
    public string Find(MethodInfo method)
    {
        if (_symbols is null) return ScriptMessage.Position(script.Path, 0, 0);

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

    public void Dispose() => _symbols?.Dispose();
}
