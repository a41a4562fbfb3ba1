using System.Collections.Concurrent;

namespace ScriptProxy;

/// <summary>
/// Values of one addon that outlive its reloads. Old and new version share the same objects while the old one drains, so values must be
/// thread-safe. Thread-safe itself.
/// </summary>
public sealed class AddonState
{
    private readonly ConcurrentDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>The keys that hold a value, in no order.</summary>
    internal IEnumerable<string> Keys => _values.Keys;

    /// <summary>The value stored under <paramref name="key"/>, or what <paramref name="create"/> makes (once, should several callers race, one result wins).</summary>
    /// <exception cref="ArgumentException">The value's type is declared in the addon itself and would keep every old version in memory.</exception>
    /// <exception cref="InvalidCastException">A value of another type is stored under the key.</exception>
    public T GetOrAdd<T>(string key, Func<T> create)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(create);
        if (_values.TryGetValue(key, out var existing)) return (T)existing;
        return (T)_values.GetOrAdd(key, Checked(key, create()));
    }

    /// <summary>Whether a value of type <typeparamref name="T"/> is stored under <paramref name="key"/>.</summary>
    public bool TryGet<T>(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        if (_values.TryGetValue(key, out var stored) && stored is T typed)
        {
            value = typed;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Stores <paramref name="value"/>; null removes the key.</summary>
    /// <exception cref="ArgumentException">The value's type is declared in the addon itself and would keep every old version in memory.</exception>
    public void Set(string key, object? value)
    {
        if (value is null) _values.TryRemove(key, out _);
        else _values[key] = Checked(key, value);
    }

    private static object Checked(string key, object value)
    {
        // True also for List<OwnType>: one element of an own type is enough to pin the version that declared it.
        if (!value.GetType().IsCollectible) return value;
        throw new ArgumentException(
            $"State[\"{key}\"]: {value.GetType()} is declared in the addon itself and would keep its old version in memory. " +
            "Store a type of the framework instead (string, JsonNode, ConcurrentDictionary<string, long>, …).", nameof(value));
    }
}
