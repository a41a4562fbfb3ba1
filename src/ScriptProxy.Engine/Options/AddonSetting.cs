using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>One --set of the command line.</summary>
/// <param name="Addon">The addon's name, as options know it.</param>
/// <param name="Option">The option's name.</param>
/// <param name="Value">What it is set to; "true" when nothing was said.</param>
internal sealed record AddonSetting(string Addon, string Option, string Value)
{
    /// <summary>Reads ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.</summary>
    /// <param name="text">What followed --set.</param>
    /// <param name="problems">Gets a line when it is something else.</param>
    public static AddonSetting? Parse(string text, ICollection<string> problems)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var dot = name.LastIndexOf('.');
        if (dot > 0 && dot < name.Length - 1) return new AddonSetting(AddonSettings.NameOf(name[..dot]), name[(dot + 1)..], equals < 0 ? "true" : text[(equals + 1)..]);

        // What follows the sign may be a secret.
        problems.Add($"--set \"{Printable.Escape(name)}\": expected ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.");
        return null;
    }
}
