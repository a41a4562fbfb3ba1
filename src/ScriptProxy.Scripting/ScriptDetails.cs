using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting;

/// <summary>More about a script that is live.</summary>
/// <param name="Script">The script.</param>
/// <param name="Hooks">The hooks it implements, and what their calls came to.</param>
/// <param name="StoppedHooks">The hooks that are not called now because they failed too often.</param>
/// <param name="Options">Its options, with their values.</param>
/// <param name="StateKeys">The keys of what it keeps across reloads, in order.</param>
internal sealed record ScriptDetails(
    LoadedScript Script, IReadOnlyList<HookStatistics> Hooks, IReadOnlyList<string> StoppedHooks, IReadOnlyList<AddonOption> Options, IReadOnlyList<string> StateKeys);
