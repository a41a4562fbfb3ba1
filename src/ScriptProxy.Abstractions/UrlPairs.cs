using System.Text;

namespace ScriptProxy;

/// <summary>Values by name in a text of pairs: a=1&amp;b=2 in a URL, a=1; b=2 in a Cookie field. What is not asked for stays as it is written.</summary>
/// <param name="separator">Between pairs.</param>
/// <param name="joint">Between pairs that are written anew.</param>
/// <param name="isEncoded">Whether names and values are percent-encoded.</param>
internal sealed class UrlPairs(char separator, string joint, bool isEncoded)
{
    public static UrlPairs Query { get; } = new('&', "&", isEncoded: true);

    public static UrlPairs Cookies { get; } = new(';', "; ", isEncoded: false);

    /// <summary>The first value of that name; null when there is none.</summary>
    public string? Find(string text, string name)
    {
        foreach (var part in text.Split(separator))
        {
            var pair = part.Trim(' ');
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (pair.Length > 0 && Decode(equals < 0 ? pair : pair[..equals]) == name) return equals < 0 ? "" : Decode(pair[(equals + 1)..]);
        }

        return null;
    }

    /// <summary>The text with one pair of that name, in the place of the first, or at the end; with none for null.</summary>
    public string Set(string text, string name, string? value)
    {
        var result = new StringBuilder(text.Length);
        var isWritten = value is null;
        foreach (var part in text.Split(separator))
        {
            var pair = part.Trim(' ');
            if (pair.Length == 0) continue;
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (Decode(equals < 0 ? pair : pair[..equals]) != name) Append(result, pair);
            else if (!isWritten)
            {
                Append(result, $"{(equals < 0 ? pair : pair[..equals])}={Encode(value!)}");
                isWritten = true;
            }
        }

        if (!isWritten) Append(result, $"{Encode(name)}={Encode(value!)}");
        return result.ToString();
    }

    private void Append(StringBuilder result, string pair)
    {
        if (result.Length > 0) result.Append(joint);
        result.Append(pair);
    }

    private string Decode(string text) => isEncoded ? Uri.UnescapeDataString(text.Replace('+', ' ')) : text;

    private string Encode(string text) => isEncoded ? Uri.EscapeDataString(text) : text;
}
