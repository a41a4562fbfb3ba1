using System.Buffers;
using System.Text;
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
    private const string MetaCharacters = @"\*+?|{}[]()^$.#";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly string _pattern;
    private readonly RegexOptions _options;
    private readonly SearchValues<string>? _literal; // what it is without operators, in ASCII: found without the machinery of a regular expression
    private Regex? _regex;

    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    public FilterPattern(string pattern, RegexOptions options = RegexOptions.None)
    {
        _pattern = pattern;
        _options = Common | options;
        if (LiteralOf(pattern) is { Length: > 0 } literal) _literal = SearchValues.Create([literal], StringComparison.OrdinalIgnoreCase);
        else _regex = Compiled();
    }

    // Beyond ASCII the two do not agree on what differs in case alone (the Kelvin sign is a K to regular expressions).
    public bool IsIn(ReadOnlySpan<char> text) => _literal is not null && Ascii.IsValid(text) ? text.ContainsAny(_literal) : (_regex ??= Compiled()).IsMatch(text);

    public bool IsIn(string? text) => text is not null && IsIn(text.AsSpan());

    /// <summary>Whether one of the lines "Name: value" matches.</summary>
    public bool IsIn(HeaderList? headers)
    {
        if (headers is null) return false;
        Span<char> buffer = stackalloc char[LineCharacters];
        for (var i = 0; i < headers.Count; i++)
        {
            var length = headers.CopyLine(i, buffer);
            if (length >= 0 ? IsIn(buffer[..length]) : IsInLongLine(headers, i)) return true;
        }

        return false;
    }

    private Regex Compiled()
    {
        try
        {
            return new Regex(_pattern, _options | RegexOptions.NonBacktracking, Limit);
        }
        catch (NotSupportedException)
        {
            return new Regex(_pattern, _options, Limit);
        }
    }

    /// <summary>The text that a regular expression stands for which has no operators; null for any other.</summary>
    private static string? LiteralOf(string pattern)
    {
        var literal = new StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            var isEscaped = pattern[i] == '\\';
            if (isEscaped && ++i == pattern.Length) return null;
            var character = pattern[i];
            if (character >= 0x7F || isEscaped != MetaCharacters.Contains(character)) return null;
            literal.Append(character);
        }

        return literal.ToString();
    }

    private bool IsInLongLine(HeaderList headers, int index)
    {
        for (var size = LineCharacters * 4; ; size *= 4)
        {
            var rented = ArrayPool<char>.Shared.Rent(size);
            try
            {
                var length = headers.CopyLine(index, rented);
                if (length >= 0) return IsIn(rented.AsSpan(0, length));
            }
            finally
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }
}
