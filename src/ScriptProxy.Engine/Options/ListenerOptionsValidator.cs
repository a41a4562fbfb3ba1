using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine;

/// <summary>Finds what is wrong with one listener, whatever the others are.</summary>
internal static class ListenerOptionsValidator
{
    public static IReadOnlyList<string> Validate(ListenerOptions options)
    {
        var problems = new List<string>();
        if (!ModeSpec.TryParse(options.Mode, out _, out var problem)) problems.Add($"mode \"{options.Mode}\": {problem}");
        if (options.Listen is { } listen && !ListenAddress.TryParse(listen, out _, out problem)) problems.Add($"listen \"{listen}\": {problem}");
        return problems;
    }
}
