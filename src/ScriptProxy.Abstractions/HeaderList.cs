using System.Collections;

namespace ScriptProxy;

/// <summary>
/// Header fields in the order and case of the wire (RFC 9110 §5). Names compare case-insensitively; duplicates are kept. Lines nobody
/// changes are forwarded byte for byte. Not thread-safe: use it inside the hook that was given the flow.
/// </summary>
public abstract class HeaderList : IReadOnlyList<KeyValuePair<string, string>>
{
    internal HeaderList()
    {
    }

    /// <summary>How many field lines there are, duplicates counted.</summary>
    public abstract int Count { get; }

    /// <summary>The field line at <paramref name="index"/>, in wire order. Bytes above 0x7F read as Latin-1.</summary>
    public abstract KeyValuePair<string, string> this[int index] { get; }

    /// <summary>
    /// Reads the value of a field, several lines joined with ", " (RFC 9110 §5.3); null when absent. Writing replaces all lines of that
    /// name by one, in the place of the first; writing null removes them.
    /// </summary>
    /// <exception cref="ArgumentException">On writing: the name is not a token, or the value holds CR, LF or NUL.</exception>
    public string? this[string name]
    {
        get => GetCombined(name);
        set
        {
            if (value is null) Remove(name);
            else Set(name, value);
        }
    }

    /// <summary>The values of every line named <paramref name="name"/>, in order; empty when absent.</summary>
    public abstract IReadOnlyList<string> GetAll(string name);

    /// <summary>Whether at least one line has that name.</summary>
    public abstract bool Contains(string name);

    /// <summary>Appends a line.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds CR, LF or NUL (RFC 9110 §5.5).</exception>
    public void Add(string name, string value) => Insert(Count, name, value);

    /// <summary>Puts a line before the one at <paramref name="index"/>.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds CR, LF or NUL.</exception>
    public void Insert(int index, string name, string value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, (uint)Count, nameof(index));
        InsertCore(index, HeaderSyntax.CheckName(name), HeaderSyntax.CheckValue(name, value));
    }

    /// <summary>Replaces all lines of that name by one, in the place of the first; appends when there is none.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value holds CR, LF or NUL.</exception>
    public void Set(string name, string value) => SetCore(HeaderSyntax.CheckName(name), HeaderSyntax.CheckValue(name, value));

    /// <summary>Removes every line of that name.</summary>
    /// <returns>Whether there was one.</returns>
    public abstract bool Remove(string name);

    /// <summary>Removes the line at <paramref name="index"/>.</summary>
    public abstract void RemoveAt(int index);

    /// <summary>Hides the value of that field in every log, capture and page; the wire keeps it. Also when the field is added later.</summary>
    public abstract void Redact(string name);

    /// <summary>Whether <see cref="Redact"/> was called for that name on this list.</summary>
    public abstract bool IsRedacted(string name);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Writes the line at <paramref name="index"/> as "Name: value"; without a string where the list can.</summary>
    /// <returns>How many characters; -1 when there is no room for them.</returns>
    internal virtual int CopyLine(int index, Span<char> destination)
    {
        var (name, value) = this[index];
        return destination.TryWrite($"{name}: {value}", out var length) ? length : -1;
    }

    internal abstract string? GetCombined(string name);

    internal abstract void InsertCore(int index, string name, string value);

    internal abstract void SetCore(string name, string value);
}
