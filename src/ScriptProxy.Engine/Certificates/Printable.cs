using System.Text;

namespace ScriptProxy.Engine.Certificates;

/// <summary>Makes names that came from the network fit for one line of a log.</summary>
internal static class Printable
{
    /// <summary>Cuts to <paramref name="maxLength"/> characters and writes '?' for everything outside printable ASCII.</summary>
    public static string Line(string text, int maxLength)
    {
        var builder = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var character in text)
        {
            if (builder.Length == maxLength) return builder.Append('…').ToString();
            builder.Append(character is >= ' ' and <= '~' ? character : '?');
        }

        return builder.ToString();
    }
}
