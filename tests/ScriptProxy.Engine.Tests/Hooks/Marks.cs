using System.Collections.Concurrent;

namespace ScriptProxy.Engine.Tests.Hooks;

/// <summary>What hooks left behind, in order.</summary>
internal sealed class Marks
{
    private readonly ConcurrentQueue<string> _marks = new();

    public IReadOnlyList<string> All => [.. _marks];

    public ValueTask Add(string mark)
    {
        _marks.Enqueue(mark);
        return default;
    }

    /// <summary>Waits until there are so many.</summary>
    public async Task<IReadOnlyList<string>> WaitAsync(int count)
    {
        await Recording.Deadline.Until(() => _marks.Count >= count);
        return All;
    }
}
