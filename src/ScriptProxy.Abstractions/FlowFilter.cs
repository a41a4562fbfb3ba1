using System.Diagnostics.CodeAnalysis;
using ScriptProxy.Filters;

namespace ScriptProxy;

/// <summary>
/// A filter expression of mitmproxy, such as <c>~d github.com &amp; ~c 401</c>, compiled once. Operators, precedence and quoting are in
/// docs/filters.md. Matching allocates nothing but what an operator has to build (a URL, a body's text). Immutable; thread-safe.
/// </summary>
/// <remarks>As the type of an option it is written as text; a mistake in it stops the start, with a caret under the column.</remarks>
public sealed class FlowFilter
{
    private readonly string _text;
    private readonly FilterTerm _term;

    private FlowFilter(string text, FilterTerm term)
    {
        _text = text;
        _term = term;
    }

    /// <summary>Matches every flow.</summary>
    public static FlowFilter All { get; } = Parse("~all");

    /// <summary>Whether it has operators that look into the request's body (~b, ~bq).</summary>
    public bool NeedsRequestBody => _term.NeedsRequestBody;

    /// <summary>Whether it has operators that look into the response's body (~b, ~bs).</summary>
    public bool NeedsResponseBody => _term.NeedsResponseBody;

    /// <summary>Whether what it says can depend on the response or on how the flow ended (~c, ~s, ~hs, ~e, …): before, such an operator does not match.</summary>
    public bool NeedsResponse => _term.NeedsResponse;

    /// <summary>Compiles an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <exception cref="FormatException">It is none. The message says what is expected in which column, and below it shows the expression with a caret there.</exception>
    public static FlowFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FlowFilter(text, new FilterParser(text).Parse());
    }

    /// <summary>Compiles an expression; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out FlowFilter? filter)
    {
        filter = null;
        if (text is null) return false;
        try
        {
            filter = Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reads a rule as mitmproxy's options write them: <c>/[filter/]subject/replacement</c>, where the first character, whatever it is, parts
    /// the rest. Only the replacement may hold that character again, and only behind a filter.
    /// </summary>
    /// <param name="text">The rule.</param>
    /// <param name="subject">What is between filter and replacement; not empty.</param>
    /// <param name="replacement">The last part; may be empty.</param>
    /// <returns>The filter; <see cref="All"/> where there is none.</returns>
    /// <exception cref="FormatException">It is no such rule.</exception>
    public static FlowFilter ParseRule(string text, out string subject, out string replacement)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Length == 0 ? [] : text[1..].Split(text[0], 3);
        if (parts.Length < 2) throw new FormatException($"expected /[filter/]subject/replacement, the first character parting the rest, got {parts.Length} part{(parts.Length == 1 ? "" : "s")}.");
        (subject, replacement) = (parts[^2], parts[^1]);
        if (subject.Length == 0) throw new FormatException("expected /[filter/]subject/replacement, got an empty subject.");
        return parts.Length == 2 ? All : Parse(parts[0]);
    }

    /// <summary>Whether the flow matches as it is now. A body that nobody has read matches nothing: <see cref="MatchesAsync"/> reads it.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">A pattern with lookaround or back references took longer than a second.</exception>
    public bool Matches(HttpFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return _term.Matches(flow);
    }

    /// <summary>
    /// Whether the flow matches, its bodies included: reads those that the expression looks into and that can be read now, the request's in
    /// <see cref="Addon.OnRequestAsync"/>, the response's in <see cref="Addon.OnResponseAsync"/>. Completes at once where it needs none.
    /// </summary>
    /// <inheritdoc cref="HttpMessage.ReadBytesAsync" path="/exception"/>
    public ValueTask<bool> MatchesAsync(HttpFlow flow, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(flow);
        var readsRequest = _term.NeedsRequestBody && flow is { Response: null, Request: { HasBody: true, BodyInMemory: null } };
        var readsResponse = _term.NeedsResponseBody && flow.Response is { HasBody: true, BodyInMemory: null };
        return readsRequest || readsResponse ? ReadAndMatchAsync(flow, readsRequest ? flow.Request : flow.Response!, cancellationToken) : new(_term.Matches(flow));
    }

    /// <summary>The expression as it was written.</summary>
    public override string ToString() => _text;

    private async ValueTask<bool> ReadAndMatchAsync(HttpFlow flow, HttpMessage message, CancellationToken cancellationToken)
    {
        await message.ReadBytesAsync(cancellationToken);
        return _term.Matches(flow);
    }
}
