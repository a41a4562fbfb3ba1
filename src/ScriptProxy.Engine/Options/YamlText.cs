using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine;

/// <summary>Writes words so that YAML reads them back as they are, in a block and within brackets.</summary>
internal static partial class YamlText
{
    /// <summary>The text plain where that is safe, else in double quotes; null as YAML's null.</summary>
    public static string Of(string? text)
    {
        if (text is null) return "null";
        return Plain().IsMatch(text) && text is not "null" and not "Null" and not "NULL" && !text.EndsWith(':') ? text : Quoted(text);
    }

    private static string Quoted(string text)
    {
        var result = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' or '\\' => result.Append('\\').Append(character),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                _ when char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => result.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => result.Append(character),
            };
        }

        return result.Append('"').ToString();
    }

    // A word that begins with a letter, digit, number or one of ./ and has no character that means something to YAML.
    [GeneratedRegex(@"\A(?:-?[0-9]|[A-Za-z./])[A-Za-z0-9_./@+:-]*\z")]
    private static partial Regex Plain();
}
