using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>Masks carry digits of this run's own key; comparisons leave them out.</summary>
internal static partial class Masks
{
    public static string WithoutDigits(string text) => Mask().Replace(text, "***");

    [GeneratedRegex(@"\*\*\*[0-9a-f]{6}")]
    private static partial Regex Mask();
}
