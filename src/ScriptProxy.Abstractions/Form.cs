using System.Collections.ObjectModel;

namespace ScriptProxy;

/// <summary>
/// The fields of a form in their order, repeated names included: application/x-www-form-urlencoded or multipart/form-data. Names are
/// case-sensitive. Not thread-safe.
/// </summary>
public sealed class Form : Collection<FormField>
{
    /// <summary>
    /// Reads the text of the first field of that name; null when there is none. Writing replaces all fields of that name by one, in the
    /// place of the first, or appends one; writing null removes them.
    /// </summary>
    public string? this[string name]
    {
        get => Find(name)?.Value;
        set
        {
            var first = IndexOf(name);
            if (value is null || first < 0)
            {
                Remove(name);
                if (value is not null) Add(name, value);
                return;
            }

            this[first] = new FormField(name, value);
            for (var i = Count - 1; i > first; i--)
            {
                if (this[i].Name == name) RemoveAt(i);
            }
        }
    }

    /// <summary>The first field of that name; null when there is none.</summary>
    public FormField? Find(string name) => IndexOf(name) is var index and >= 0 ? this[index] : null;

    /// <summary>The texts of every field of that name, in order; empty when there is none.</summary>
    public IReadOnlyList<string> GetAll(string name) => [.. this.Where(field => field.Name == name).Select(field => field.Value)];

    /// <summary>Appends a field with a text.</summary>
    public void Add(string name, string value) => Add(new FormField(name, value));

    /// <summary>Removes every field of that name.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string name)
    {
        var before = Count;
        for (var i = Count - 1; i >= 0; i--)
        {
            if (this[i].Name == name) RemoveAt(i);
        }

        return Count != before;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (this[i].Name == name) return i;
        }

        return -1;
    }
}
