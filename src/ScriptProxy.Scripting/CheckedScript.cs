using ScriptProxy.Engine;

namespace ScriptProxy.Scripting;

/// <summary>A script that could go live.</summary>
/// <param name="Name">What logs would call it.</param>
/// <param name="Path">Its file, absolute.</param>
/// <param name="Hooks">The hooks it implements: OnRequest, OnResponse, …</param>
/// <param name="Options">Its options, with the values they would have.</param>
internal sealed record CheckedScript(string Name, string Path, IReadOnlyList<string> Hooks, IReadOnlyList<AddonOption> Options);
