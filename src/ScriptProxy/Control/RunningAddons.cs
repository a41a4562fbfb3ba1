using System.Text.Json.Serialization;
using ScriptProxy.Engine;
using ScriptProxy.Scripting;

namespace ScriptProxy.Cli.Control;

/// <summary>What a running proxy tells of the addons it has loaded.</summary>
/// <param name="Version">The proxy's version.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="Generation">The number of the live set of addons.</param>
/// <param name="Addons">The addons in the order they were given in.</param>
/// <param name="Order">For each hook, the addons in the order in which it calls them: by priority, then as given.</param>
/// <param name="Inert">The names of addons that ship and are not loaded, as no option of theirs is set.</param>
internal sealed record RunningAddons(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("processId")] int ProcessId,
    [property: JsonPropertyName("listen")] string Listen,
    [property: JsonPropertyName("generation")] int Generation,
    [property: JsonPropertyName("addons")] IReadOnlyList<RunningAddon> Addons,
    [property: JsonPropertyName("order")] IReadOnlyDictionary<string, IReadOnlyList<string>> Order,
    [property: JsonPropertyName("inert")] IReadOnlyList<string> Inert)
{
    /// <summary>The name of the command that asks for this.</summary>
    public const string Command = "addons";

    /// <summary>Looks at a running proxy.</summary>
    public static RunningAddons Of(ProxyServer server, ScriptHost scripts) => new(
        VersionInfo.Version, Environment.ProcessId, string.Join(", ", server.Listeners), server.Generations.Current.Number, [.. scripts.Details.Select(RunningAddon.Of)],
        server.Generations.Current.Order, scripts.Inert);
}
