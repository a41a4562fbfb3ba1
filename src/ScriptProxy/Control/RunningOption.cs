using System.Text.Json.Serialization;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli.Control;

/// <summary>One option of an addon of a running proxy.</summary>
/// <param name="Name">Addon and option, as --set takes them.</param>
/// <param name="Value">As one line of YAML; *** for a secret.</param>
/// <param name="Source">The file with line and column, variable or flag that set it; null for a default.</param>
internal sealed record RunningOption(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("value")] string Value,
    [property: JsonPropertyName("source")] string? Source)
{
    public static RunningOption Of(AddonOption option) => new($"{option.Addon}.{option.Name}", option.Value, OptionsText.Shown(option.Source, option.Place));
}
