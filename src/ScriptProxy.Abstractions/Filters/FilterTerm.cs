namespace ScriptProxy.Filters;

/// <summary>A part of a filter expression: what it matches, and what it looks at.</summary>
/// <param name="Matches">Whether a flow matches as it is now.</param>
internal sealed record FilterTerm(Func<HttpFlow, bool> Matches)
{
    public bool NeedsRequestBody { get; init; }

    public bool NeedsResponseBody { get; init; }

    public bool NeedsResponse { get; init; }

    public static FilterTerm Not(FilterTerm term)
    {
        var matches = term.Matches;
        return term with { Matches = flow => !matches(flow) };
    }

    public static FilterTerm And(FilterTerm left, FilterTerm right)
    {
        var (first, second) = (left.Matches, right.Matches);
        return Join(left, right, flow => first(flow) && second(flow));
    }

    public static FilterTerm Or(FilterTerm left, FilterTerm right)
    {
        var (first, second) = (left.Matches, right.Matches);
        return Join(left, right, flow => first(flow) || second(flow));
    }

    private static FilterTerm Join(FilterTerm left, FilterTerm right, Func<HttpFlow, bool> matches) => new(matches)
    {
        NeedsRequestBody = left.NeedsRequestBody || right.NeedsRequestBody,
        NeedsResponseBody = left.NeedsResponseBody || right.NeedsResponseBody,
        NeedsResponse = left.NeedsResponse || right.NeedsResponse,
    };
}
