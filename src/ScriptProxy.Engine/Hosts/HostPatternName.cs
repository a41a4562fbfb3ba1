using System.Globalization;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Hosts;

/// <summary>The names in patterns: DNS names in lower case, IDNA as A-labels, stars allowed.</summary>
internal static class HostPatternName
{
    private const int MaxLength = 253;
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>Reads a name, or a glob.</summary>
    public static bool TryNormalise(string name, out string normal, out string problem)
    {
        normal = name.EndsWith('.') ? name[..^1] : name;
        problem = normal.Length is 0 or > MaxLength ? $"a host name has 1 to {MaxLength} characters." : "";
        if (problem.Length > 0) return false;

        var labels = normal.Split('.');
        for (var i = 0; i < labels.Length && problem.Length == 0; i++) problem = Problem(labels[i], out labels[i]);
        normal = string.Join('.', labels);
        return problem.Length == 0;
    }

    private static string Problem(string label, out string normal)
    {
        normal = label.ToLowerInvariant();
        if (label.Length == 0) return "it has an empty part between dots. Write a host such as example.com.";
        if (!System.Text.Ascii.IsValid(label) && !TryEncode(label, out normal)) return $"\"{Printable.Escape(label)}\" cannot be part of a host name. Write its A-label, xn--….";
        foreach (var character in normal)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '*'))
                return $"'{Printable.Escape(character.ToString())}' cannot be part of a host name. Write a host such as example.com, or /expression/ for a regular expression.";
        }

        return "";
    }

    private static bool TryEncode(string label, out string encoded)
    {
        encoded = label;
        if (label.Contains('*', StringComparison.Ordinal)) return false;
        try
        {
            encoded = Idn.GetAscii(label).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
