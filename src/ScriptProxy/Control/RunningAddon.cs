using System.Text.Json.Serialization;
using ScriptProxy.Scripting;

namespace ScriptProxy.Cli.Control;

/// <summary>One addon of a running proxy.</summary>
/// <param name="Name">What logs call it.</param>
/// <param name="File">Its file, absolute.</param>
/// <param name="Generation">The generation that its running version first belonged to.</param>
/// <param name="Hooks">The hooks it implements, and what their calls came to.</param>
/// <param name="Options">Its options, secrets masked.</param>
/// <param name="State">The keys of what it keeps across reloads.</param>
internal sealed record RunningAddon(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("generation")] int Generation,
    [property: JsonPropertyName("hooks")] IReadOnlyList<RunningHook> Hooks,
    [property: JsonPropertyName("options")] IReadOnlyList<RunningOption> Options,
    [property: JsonPropertyName("state")] IReadOnlyList<string> State)
{
    public static RunningAddon Of(ScriptDetails details) => new(
        details.Script.Name, details.Script.Path, details.Script.Generation,
        [.. details.Hooks.Select(hook => RunningHook.Of(hook, details.StoppedHooks.Contains(hook.Hook)))], [.. details.Options.Select(RunningOption.Of)], details.StateKeys);
}
