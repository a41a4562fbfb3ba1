using System.Buffers;
using System.Text.RegularExpressions;

namespace ScriptProxy.Filters;

/// <summary>
/// A regular expression of a filter: case-insensitive, found anywhere in a text. Matches in time that grows with the text alone, unless it uses
/// what cannot be matched so (lookaround, back references): then it is given up after a second.
/// </summary>
internal sealed class FilterPattern
{
    private const RegexOptions Common = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    private const int LineCharacters = 512;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Regex _regex;

    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    public FilterPattern(string pattern, RegexOptions options = RegexOptions.None)
    {
        try
        {
            _regex = new Regex(pattern, Common | options | RegexOptions.NonBacktracking, Limit);
        }
        catch (NotSupportedException)
        {
            _regex = new Regex(pattern, Common | options, Limit);
        }
    }

    public bool IsIn(ReadOnlySpan<char> text) => _regex.IsMatch(text);

    public bool IsIn(string? text) => text is not null && _regex.IsMatch(text);

    /// <summary>Whether one of the lines "Name: value" matches.</summary>
    public bool IsIn(HeaderList? headers)
    {
        if (headers is null) return false;
        Span<char> buffer = stackalloc char[LineCharacters];
        for (var i = 0; i < headers.Count; i++)
        {
            var length = headers.CopyLine(i, buffer);
            if (length >= 0 ? _regex.IsMatch(buffer[..length]) : IsInLongLine(headers, i)) return true;
        }

        return false;
    }

    private bool IsInLongLine(HeaderList headers, int index)
    {
        for (var size = LineCharacters * 4; ; size *= 4)
        {
            var rented = ArrayPool<char>.Shared.Rent(size);
            try
            {
                var length = headers.CopyLine(index, rented);
                if (length >= 0) return _regex.IsMatch(rented.AsSpan(0, length));
            }
            finally
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }
}
