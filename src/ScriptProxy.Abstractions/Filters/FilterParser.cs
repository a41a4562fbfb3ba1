using System.Text;

namespace ScriptProxy.Filters;

/// <summary>
/// Reads a filter expression. As in mitmproxy "!" binds strongest, then "&amp;", then "|"; expressions side by side must all match and bind least.
/// A word ends at white space, a parenthesis, a quote or "~".
/// </summary>
internal sealed class FilterParser(string text)
{
    // Each level is a few frames of recursion.
    private const int DeepestLevel = 200;

    private int _position;
    private int _level;

    /// <exception cref="FormatException">Not an expression.</exception>
    public FilterTerm Parse()
    {
        var term = ParseSideBySide();
        if (_position < text.Length) throw Wrong("there is no '(' for this ')'");
        return term;
    }

    private FilterTerm ParseSideBySide()
    {
        var term = ParseOr();
        while (!IsAtEnd()) term = FilterTerm.And(term, ParseOr());
        return term;
    }

    private FilterTerm ParseOr()
    {
        var term = ParseAnd();
        while (TryTake('|')) term = FilterTerm.Or(term, ParseAnd());
        return term;
    }

    private FilterTerm ParseAnd()
    {
        var term = ParseNot();
        while (TryTake('&')) term = FilterTerm.And(term, ParseNot());
        return term;
    }

    private FilterTerm ParseNot()
    {
        if (++_level > DeepestLevel) throw Wrong($"nested deeper than {DeepestLevel} levels");
        var term = TryTake('!') ? FilterTerm.Not(ParseNot()) : ParseAtom();
        _level--;
        return term;
    }

    private FilterTerm ParseAtom()
    {
        SkipSpace();
        if (_position == text.Length) throw Wrong("expected an expression, such as ~d example.com");
        switch (text[_position])
        {
            case '(':
                var open = _position++;
                var inner = ParseSideBySide();
                if (!TryTake(')')) throw Wrong("this '(' is not closed", open);
                return inner;
            case '~':
                return ParseOperator();
            case ')' or '&' or '|':
                throw Wrong($"expected an expression before '{text[_position]}'");
            default:
                var start = _position;
                return Pattern(FilterOperators.Url, ReadWord(), start);
        }
    }

    private FilterTerm ParseOperator()
    {
        var start = _position++;
        while (_position < text.Length && char.IsAsciiLetterOrDigit(text[_position])) _position++;
        var name = text[(start + 1).._position];
        if (FilterOperators.Plain.TryGetValue(name, out var term)) return term;
        if (FilterOperators.Unsupported.TryGetValue(name, out var reason)) throw Wrong($"~{name} is not supported: {reason}", start);
        if (!FilterOperators.WithPattern.TryGetValue(name, out var make) && name != FilterOperators.Status)
            throw Wrong($"there is no operator ~{name}. Known: {string.Join(' ', FilterOperators.Names.Order(StringComparer.Ordinal).Select(known => "~" + known))}", start);

        SkipSpace();
        var argument = _position;
        if (IsAtEnd() || text[_position] is '(' or '~') throw Wrong($"expected {(make is null ? "a status code" : "a regular expression")} after ~{name}");
        var word = ReadWord();
        return make is not null
            ? Pattern(make, word, argument)
            : FilterOperators.StatusCode(word) ?? throw Wrong("expected a status code, such as 404 or 4xx", argument);
    }

    private FilterTerm Pattern(Func<string, FilterTerm> make, string word, int start)
    {
        try
        {
            return make(word);
        }
        catch (ArgumentException exception)
        {
            throw Wrong($"not a regular expression: {exception.Message.TrimEnd('.')}", start);
        }
    }

    private string ReadWord()
    {
        if (text[_position] is '"' or '\'') return ReadQuoted(text[_position]);
        var start = _position;
        while (_position < text.Length && text[_position] is not ('(' or ')' or '~' or '"' or '\'') && !char.IsWhiteSpace(text[_position])) _position++;
        return text[start.._position];
    }

    /// <summary>A backslash makes a quote that follows part of the pattern; before anything else it belongs to the pattern itself.</summary>
    private string ReadQuoted(char quote)
    {
        var start = _position++;
        var word = new StringBuilder();
        while (_position < text.Length && text[_position] != quote)
        {
            if (text[_position] == '\\' && _position + 1 < text.Length)
            {
                if (text[_position + 1] != quote) word.Append('\\');
                _position++;
            }

            word.Append(text[_position++]);
        }

        if (_position == text.Length) throw Wrong($"this {quote} is not closed", start);
        _position++;
        return word.ToString();
    }

    private bool TryTake(char character)
    {
        SkipSpace();
        if (_position == text.Length || text[_position] != character) return false;
        _position++;
        return true;
    }

    private bool IsAtEnd()
    {
        SkipSpace();
        return _position == text.Length || text[_position] == ')';
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position])) _position++;
    }

    private FormatException Wrong(string problem, int? at = null)
    {
        // One line whatever was written, so that the caret stands where it should.
        var column = at ?? _position;
        var shown = new string([.. text.Select(character => char.IsControl(character) ? ' ' : character)]);
        return new FormatException($"column {column + 1}: {problem}.\n    {shown}\n    {new string(' ', column)}^");
    }
}
