namespace ScriptProxy.Engine.Hosts;

/// <summary>Ranges that stand in our own code.</summary>
internal static class AddressRanges
{
    /// <exception cref="ArgumentException">One is none.</exception>
    public static IEnumerable<AddressRange> Parse(params string[] texts) =>
        texts.Select(text => AddressRange.TryParse(text, out var range, out var problem) ? range : throw new ArgumentException($"{text}: {problem}", nameof(texts)));
}
