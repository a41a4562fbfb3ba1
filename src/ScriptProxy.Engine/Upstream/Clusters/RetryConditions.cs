using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>What a request is tried again after, as "on:" has it. Immutable.</summary>
internal sealed class RetryConditions
{
    private static readonly string[] Words = ["connect-failure", "reset", "timeout", "refused-stream", "gateway-error", "5xx"];

    private readonly StatusCodes _codes = new();
    private readonly HashSet<TryFailure> _failures = [];

    /// <summary>Reads words and status codes.</summary>
    /// <param name="texts">What the user wrote.</param>
    /// <param name="problems">Gets a line for each that is none.</param>
    public static RetryConditions Parse(IEnumerable<string> texts, ICollection<string> problems)
    {
        var conditions = new RetryConditions();
        foreach (var text in texts)
        {
            if (conditions.TryAdd(text)) continue;
            var meant = Suggestion.For(text, Words) is { } word ? $"; did you mean {word}?" : $". Known: {string.Join(", ", Words)}, and status codes such as 503 or 500-599.";
            problems.Add($"on \"{Printable.Escape(text)}\": there is no such condition{meant}");
        }

        return conditions;
    }

    public bool Contains(TryFailure failure) => _failures.Contains(failure) || (failure == TryFailure.Timeout && _codes.Contains(504));

    public bool Contains(int statusCode) => _codes.Contains(statusCode);

    private bool TryAdd(string text) => text switch
    {
        "connect-failure" => Add(TryFailure.Connect),
        "reset" => Add(TryFailure.Reset) && Add(TryFailure.RefusedStream),
        "refused-stream" => Add(TryFailure.RefusedStream),
        "timeout" => Add(TryFailure.Timeout),
        "gateway-error" => _codes.TryAdd(502, 504),
        "5xx" => _codes.TryAdd(500, 599),
        _ => _codes.TryAdd(text),
    };

    private bool Add(TryFailure failure)
    {
        _failures.Add(failure);
        return true;
    }
}
