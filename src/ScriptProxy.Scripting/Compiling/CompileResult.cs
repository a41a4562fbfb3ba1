namespace ScriptProxy.Scripting.Compiling;

/// <summary>What came of compiling a script.</summary>
/// <param name="Script">Null when there are errors.</param>
/// <param name="Errors">Ready-made lines: "mask.csx(3,14): error CS0103: …".</param>
internal sealed record CompileResult(CompiledScript? Script, IReadOnlyList<string> Errors);
