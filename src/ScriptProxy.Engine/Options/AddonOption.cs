namespace ScriptProxy.Engine;

/// <summary>What can be told of one option of a loaded addon. Holds nothing of the addon itself, which may unload.</summary>
/// <param name="Addon">The addon's name, as options know it.</param>
/// <param name="Name">The option's name.</param>
/// <param name="Type">What stands for a value: TEXT, NUMBER, true|false, [TEXT, …].</param>
/// <param name="Default">The default as one line of YAML; *** for a secret.</param>
/// <param name="Value">The value as one line of YAML; *** for a secret.</param>
/// <param name="Source">Where the value comes from.</param>
/// <param name="Place">The same for messages; null for the default.</param>
/// <param name="Variable">The environment variable.</param>
/// <param name="Help">One sentence.</param>
/// <param name="IsSecret">Whether its value is hidden.</param>
internal sealed record AddonOption(
    string Addon, string Name, string Type, string Default, string Value, OptionSource Source, string? Place, string Variable, string Help, bool IsSecret);
