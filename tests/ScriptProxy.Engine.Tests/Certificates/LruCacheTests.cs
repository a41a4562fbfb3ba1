using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class LruCacheTests
{
    private readonly LruCache<string> _cache = new(capacity: 2);

    [Fact]
    public void Full_ForgetsTheLeastRecentlyUsed()
    {
        Add("a");
        Add("b");
        Add("a");
        Add("c");

        Assert.True(_cache.TryGet("a", out _));
        Assert.False(_cache.TryGet("b", out _));
        Assert.True(_cache.TryGet("c", out _));
        Assert.Equal(2, _cache.Count);
    }

    [Fact]
    public void NotUsableAnyMore_IsReplaced()
    {
        Add("a");

        var replaced = _cache.GetOrAdd("a", 0, static (_, _) => false, static (_, _) => "new");

        Assert.Equal("new", replaced);
        Assert.Equal("new", Add("a"));
        Assert.Equal(1, _cache.Count);
    }

    [Fact]
    public void Remove_SparesWhatTookThePlace()
    {
        var first = new string('x', 1);
        _cache.GetOrAdd("a", first, static (_, _) => true, static (_, value) => value);
        _cache.Remove("a", new string('x', 1));
        Assert.True(_cache.TryGet("a", out _));

        _cache.Remove("a", first);
        Assert.False(_cache.TryGet("a", out _));
    }

    private string Add(string key) => _cache.GetOrAdd(key, 0, static (_, _) => true, static (key, _) => key);
}
