using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine;

/// <summary>Finds what is wrong with one listener, whatever the others are.</summary>
internal static class ListenerOptionsValidator
{
    /// <summary>Whether a text is a user, a colon and a password.</summary>
    public static bool IsPair(string text) => text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 && colon < text.Length - 1;

    public static IReadOnlyList<string> Validate(ListenerOptions options)
    {
        var problems = new List<string>();
        if (!ModeSpec.TryParse(options.Mode, out var spec, out var problem)) problems.Add($"mode \"{options.Mode}\": {problem}");
        if (options.Listen is { } listen && !ListenAddress.TryParse(listen, out _, out problem)) problems.Add($"listen \"{listen}\": {problem}");
        if (options.ProxyAuth is not null && !IsPair(options.ProxyAuth)) problems.Add("proxy-auth ***: expected USER:PASSWORD, both not empty.");
        if (options.Key is not null && options.Cert is null) problems.Add($"key \"{options.Key}\": there is no certificate for it. Add cert.");
        if (options.Cert is not null && spec?.Name is ModeSpec.Socks5 or ModeSpec.Transparent) problems.Add($"cert: nobody speaks TLS to a listener of mode {spec}. Remove it.");
        if (spec is { IsRelayed: true } && (options.Cert is not null || options.KeepHost is true)) problems.Add($"{(options.Cert is null ? "keep-host" : "cert")}: what passes in mode {spec} is not looked at. Remove it.");
        if (options.KeepHost is true && spec is not null && spec.Name != ModeSpec.Reverse) problems.Add($"keep-host: requests keep their Host in mode {spec}. Remove it.");
        return problems;
    }
}
