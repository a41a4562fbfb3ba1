using System.Globalization;

namespace ScriptProxy;

/// <summary>
/// Which values of a JSON document are meant: $.user.ssn, items[0].key, items[*].key, ..password. A part of JSONPath (RFC 9535): names,
/// indexes, wildcards and descendants. Immutable.
/// </summary>
public sealed class JsonPath
{
    private readonly Part[] _parts;
    private readonly string _text;

    private JsonPath(Part[] parts, string text) => (_parts, _text) = (parts, text);

    private enum PartKind
    {
        Name,
        Index,
        Any,
        Descend,
    }

    /// <summary>Reads a path; the leading "$" and "." may be left out.</summary>
    /// <exception cref="ArgumentException">It is not one; the message says where and what is expected.</exception>
    public static JsonPath Parse(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var parts = new List<Part>();
        var index = path[0] == '$' ? 1 : 0;
        while (index < path.Length)
        {
            if (path.AsSpan(index).StartsWith(".."))
            {
                parts.Add(new Part(PartKind.Descend, null, 0));
                index += 2;
                if (index < path.Length && path[index] == '[') continue;
            }
            else if (path[index] == '.')
            {
                index++;
            }
            else if (path[index] == '[')
            {
                parts.Add(ReadBracket(path, ref index));
                continue;
            }

            parts.Add(ReadName(path, ref index));
        }

        if (parts.Count == 0) throw Invalid(path, path.Length, "a name, such as $.password");
        return new JsonPath([.. parts], path);
    }

    /// <summary>The path as it was given.</summary>
    public override string ToString() => _text;

    /// <summary>Whether the path leads to exactly the value at <paramref name="steps"/>, outermost first.</summary>
    internal bool Matches(List<JsonStep> steps) => steps.Count > 0 && _parts[^1].Fits(steps[^1]) && Matches(0, steps, 0); // most values differ in their own name

    /// <summary>The names that matter to it; a property of any other name is like all others.</summary>
    internal IEnumerable<string> Names => _parts.Where(part => part.Kind == PartKind.Name).Select(part => part.Name!);

    private static Part ReadName(string path, ref int index)
    {
        var length = path.AsSpan(index).IndexOfAny('.', '[');
        if (length < 0) length = path.Length - index;
        if (length == 0) throw Invalid(path, index, "a name");
        var name = path.Substring(index, length);
        index += length;
        return name == "*" ? new Part(PartKind.Any, null, 0) : new Part(PartKind.Name, name, 0);
    }

    private static Part ReadBracket(string path, ref int index)
    {
        var start = index + 1;
        if (start < path.Length && path[start] is '\'' or '"')
        {
            var end = path.IndexOf($"{path[start]}]", start + 1, StringComparison.Ordinal);
            if (end < 0) throw Invalid(path, start, $"a name that ends with {path[start]}]");
            index = end + 2;
            return new Part(PartKind.Name, path[(start + 1)..end], 0);
        }

        var close = path.IndexOf(']', start);
        if (close < 0) throw Invalid(path, start, "an index, a quoted name or * that ends with ]");
        var text = path[start..close];
        index = close + 1;
        if (text == "*") return new Part(PartKind.Any, null, 0);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return new Part(PartKind.Index, null, number);
        throw Invalid(path, start, "an index, a quoted name or *");
    }

    private static ArgumentException Invalid(string path, int index, string expected) =>
        new($"\"{path}\" is not a JSON path: at position {index + 1}, expected {expected}.");

    private bool Matches(int part, List<JsonStep> steps, int step)
    {
        if (part == _parts.Length) return step == steps.Count;
        if (_parts[part].Kind == PartKind.Descend)
        {
            for (var skipped = step; skipped < steps.Count; skipped++)
            {
                if (Matches(part + 1, steps, skipped)) return true;
            }

            return false;
        }

        return step < steps.Count && _parts[part].Fits(steps[step]) && Matches(part + 1, steps, step + 1);
    }

    private readonly record struct Part(PartKind Kind, string? Name, int Index)
    {
        public bool Fits(JsonStep step) => Kind switch
        {
            PartKind.Any => true,
            PartKind.Name => step.Name is { } name && name == Name,
            _ => step.Name is null && step.Index == Index,
        };
    }
}
