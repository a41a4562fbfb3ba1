using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>The proxies that all tests of a class share: one without addons, one with <see cref="WatchingAddon"/>.</summary>
public sealed class WireProxies : IAsyncLifetime
{
    private TestProxy? _bare;
    private TestProxy? _watched;

    public TestProxy Bare => _bare!;

    public TestProxy Watched => _watched!;

    public TestProxy Of(bool watched) => watched ? Watched : Bare;

    public async Task InitializeAsync()
    {
        _bare = await TestProxy.StartAsync(new ProxyOptions());
        _watched = await TestProxy.StartAsync(new ProxyOptions(), new WatchingAddon());
    }

    public async Task DisposeAsync()
    {
        await Bare.DisposeAsync();
        await Watched.DisposeAsync();
    }
}
