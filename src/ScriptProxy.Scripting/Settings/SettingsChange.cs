using ScriptProxy.Engine;

namespace ScriptProxy.Scripting.Settings;

/// <summary>What came of a change of the file with options.</summary>
/// <param name="Settings">What users now set for addons; null when the file is wrong, or gone.</param>
/// <param name="Errors">Ready-made lines.</param>
/// <param name="Warnings">Ready-made lines.</param>
internal sealed record SettingsChange(AddonSettings? Settings, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings);
