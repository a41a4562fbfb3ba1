using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>One origin for the tests of all shipped addons, and one folder of compiled scripts: each addon is compiled once, then a proxy starts in a third of a second.</summary>
public sealed class AddonsFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal TestOrigin Origin { get; private set; } = null!;

    public async Task InitializeAsync() => Origin = await TestOrigin.StartAsync(new TestOriginOptions { Hosts = ["origin.test", "other.test", "app.test"] }, SayingOrigin.AnswerAsync);

    public async Task DisposeAsync()
    {
        await Origin.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Starts the command with addons configured.</summary>
    /// <param name="addons">What stands below "addons:" in scriptproxy.yaml, each line beginning with two spaces.</param>
    /// <param name="files">Files beside it.</param>
    internal Task<AddonRun> StartAsync(string addons, params (string Name, string Text)[] files) => AddonRun.StartAsync(Origin, _folder.PathOf("cache"), addons, files);

    /// <summary>Starts the command with a disk of 64 KB of its own. Needs root.</summary>
    /// <inheritdoc cref="StartAsync"/>
    internal Task<AddonRun> StartWithSmallDiskAsync(string addons) => AddonRun.StartAsync(Origin, _folder.PathOf("cache"), addons, [], withSmallDisk: true);

    /// <summary>Starts the command with addons configured in a way that it must refuse.</summary>
    /// <returns>What it says about that.</returns>
    internal async Task<string> RefusedAsync(string addons, params (string Name, string Text)[] files)
    {
        using var folder = new TemporaryFolder();
        await using var proxy = AddonRun.Start(folder, Origin, _folder.PathOf("cache"), addons, files);
        Assert.Equal(2, await proxy.ExitAsync());
        return string.Join('\n', proxy.Errors);
    }
}
