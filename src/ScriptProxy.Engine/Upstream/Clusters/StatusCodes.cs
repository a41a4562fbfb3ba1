using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>A set of status codes, given as codes and ranges. Immutable.</summary>
internal sealed class StatusCodes
{
    private const int First = 100;
    private const int Last = 599;

    private readonly bool[] _codes = new bool[Last + 1];

    public bool Contains(int code) => code is >= First and <= Last && _codes[code];

    /// <summary>Reads "200" and "200-299".</summary>
    /// <param name="place">What names the option in problems.</param>
    /// <param name="texts">What the user wrote.</param>
    /// <param name="problems">Gets a line for each that is none.</param>
    public static StatusCodes Parse(string place, IEnumerable<string> texts, ICollection<string> problems)
    {
        var codes = new StatusCodes();
        foreach (var text in texts)
        {
            if (!codes.TryAdd(text)) problems.Add($"{place} \"{Printable.Escape(text)}\": expected a status code such as 200, or a range such as 200-299.");
        }

        return codes;
    }

    /// <summary>Adds "200" or "200-299".</summary>
    public bool TryAdd(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return TryParse(dash < 0 ? text : text.AsSpan(0, dash), out var first) && TryParse(dash < 0 ? text : text.AsSpan(dash + 1), out var last) && TryAdd(first, last);
    }

    /// <summary>Adds a range, both ends included.</summary>
    public bool TryAdd(int first, int last)
    {
        for (var code = first; code <= last; code++) _codes[code] = true;
        return first <= last;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out int code) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out code) && code is >= First and <= Last;
}
