namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>Header fields in a list, as the engine's own behave.</summary>
internal sealed class SampleHeaders : HeaderList
{
    private readonly List<KeyValuePair<string, string>> _lines = [];
    private readonly HashSet<string> _redacted = new(StringComparer.OrdinalIgnoreCase);

    public override int Count => _lines.Count;

    public override KeyValuePair<string, string> this[int index] => _lines[index];

    public override IReadOnlyList<string> GetAll(string name) => [.. _lines.Where(line => Named(line, name)).Select(line => line.Value)];

    public override bool Contains(string name) => _lines.Exists(line => Named(line, name));

    public override bool Remove(string name) => _lines.RemoveAll(line => Named(line, name)) > 0;

    public override void RemoveAt(int index) => _lines.RemoveAt(index);

    public override void Redact(string name) => _redacted.Add(name);

    public override bool IsRedacted(string name) => _redacted.Contains(name);

    internal override string? GetCombined(string name) => Contains(name) ? string.Join(", ", GetAll(name)) : null;

    internal override void InsertCore(int index, string name, string value) => _lines.Insert(index, new(name, value));

    internal override void SetCore(string name, string value)
    {
        Remove(name);
        _lines.Add(new(name, value));
    }

    private static bool Named(KeyValuePair<string, string> line, string name) => line.Key.Equals(name, StringComparison.OrdinalIgnoreCase);
}
