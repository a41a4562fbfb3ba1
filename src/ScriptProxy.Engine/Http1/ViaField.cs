namespace ScriptProxy.Engine.Http1;

/// <summary>
/// The proxy's own entry in Via (RFC 9110 §7.6.3): tells others that a message came through it, and itself that a request has been here
/// before. Only with --via; nothing is added otherwise. Immutable.
/// </summary>
/// <param name="pseudonym">What the proxy calls itself; a token.</param>
internal sealed class ViaField(string pseudonym)
{
    private const string Name = "Via";

    private readonly string _http11 = $"1.1 {pseudonym}";

    /// <summary>Null where the options ask for none.</summary>
    public static ViaField? Of(ProxyOptions options) => options.Via is { } pseudonym ? new ViaField(pseudonym) : null;

    /// <summary>Refuses a request that has come round in a circle.</summary>
    /// <returns>Why; null when it has not been here.</returns>
    public FlowError? LoopOf(HeaderBlock head) => Holds(head) ? Flows.FlowErrors.CameBack(pseudonym) : null;

    /// <summary>Adds the entry to a message that is passed on, behind those that are there.</summary>
    /// <param name="head">The message's.</param>
    /// <param name="version">What it came in.</param>
    public void Add(HeaderBlock head, Version version) => head.AppendLine(Name, Entry(version));

    /// <summary>What a request of our own says in place of the one it stands for.</summary>
    /// <param name="received">The head of that one; null when there is none.</param>
    /// <returns>The field's value.</returns>
    public string Continue(HeaderBlock? received) =>
        received?.GetAll(Name) is { Count: > 0 } before ? $"{string.Join(", ", before)}, {_http11}" : _http11;

    private string Entry(Version version) => version switch
    {
        { Major: 1, Minor: 1 } => _http11,
        { Major: 1 } => $"1.0 {pseudonym}",
        _ => $"{version.Major} {pseudonym}",
    };

    private bool Holds(HeaderBlock head)
    {
        for (var index = head.Find(Name); index >= 0; index = head.Find(Name, index + 1))
        {
            var value = head[index].Value.AsSpan();
            foreach (var range in value.Split(','))
            {
                // "1.1 name" or "HTTP/1.1 name (comment)".
                var entry = value[range].Trim();
                var rest = entry[(entry.IndexOf(' ') + 1)..].TrimStart();
                var end = rest.IndexOfAny(' ', '(');
                if ((end < 0 ? rest : rest[..end]).Equals(pseudonym, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }
}
