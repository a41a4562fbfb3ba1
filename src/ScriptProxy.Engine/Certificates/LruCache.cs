using System.Diagnostics.CodeAnalysis;

namespace ScriptProxy.Engine.Certificates;

/// <summary>A bounded map that forgets what was not asked for the longest. Thread-safe: asked once per connection, so one lock is enough.</summary>
internal sealed class LruCache<TValue>(int capacity)
    where TValue : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>How many entries there are now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>Finds an entry and makes it the most recently used.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TValue? value)
    {
        lock (_lock)
        {
            value = Find(key)?.Value.Value;
            return value is not null;
        }
    }

    /// <summary>Finds an entry that is still <paramref name="usable"/>, or puts what <paramref name="create"/> makes in its place. Both run under the lock and must be quick.</summary>
    public TValue GetOrAdd<TState>(string key, TState state, Func<TValue, TState, bool> usable, Func<string, TState, TValue> create)
    {
        lock (_lock)
        {
            if (Find(key) is { } node)
            {
                if (!usable(node.Value.Value, state)) node.Value = new Entry(key, create(key, state));
                return node.Value.Value;
            }

            if (_entries.Count >= capacity) Forget(_byUse.Last!);
            var added = _byUse.AddFirst(new Entry(key, create(key, state)));
            _entries.Add(key, added);
            return added.Value.Value;
        }
    }

    /// <summary>Forgets an entry, but not another one that took its place.</summary>
    public void Remove(string key, TValue value)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var node) && ReferenceEquals(node.Value.Value, value)) Forget(node);
        }
    }

    private LinkedListNode<Entry>? Find(string key)
    {
        if (!_entries.TryGetValue(key, out var node)) return null;
        if (!ReferenceEquals(node, _byUse.First))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return node;
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
    }

    private readonly record struct Entry(string Key, TValue Value);
}
