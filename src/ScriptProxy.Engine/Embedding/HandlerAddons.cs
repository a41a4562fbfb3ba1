using System.Net;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Embedding;

/// <summary>The addons of one HttpClient, loaded with its first request. Shared by all handlers of that client.</summary>
internal sealed class HandlerAddons : IAsyncDisposable, IDisposable
{
    private readonly AddonHandlerOptions _options;
    private readonly Generations _generations;
    private readonly List<IAsyncDisposable> _sources = [];
    private readonly Lazy<Task> _loading;

    public HandlerAddons(AddonHandlerOptions options)
    {
        _options = options;
        var recorder = new FlowRecorder(new Redaction(options.ShowSecrets), options.Sinks);
        _generations = new Generations(options.HookTimeout, options.OnAddonError, options.LoggerFactory.CreateLogger<Generations>(), TimeProvider.System, recorder.Message);
        Pipeline = new InProcessPipeline(_generations, recorder, TimeProvider.System, options.LoggerFactory.CreateLogger<InProcessPipeline>());
        _loading = new Lazy<Task>(() => Task.Run(LoadAsync));
    }

    public InProcessPipeline Pipeline { get; }

    public long BodyLimit => _options.BodyLimit;

    /// <summary>The one client there is: the program itself.</summary>
    public ClientConnection Client { get; } = new("self", new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0), DateTimeOffset.UtcNow);

    /// <summary>Completes when all addons are live; fails, each time, when they did not load.</summary>
    public Task ReadyAsync() => _loading.Value;

    public async ValueTask DisposeAsync()
    {
        if (_loading.IsValueCreated) await _loading.Value.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var source in _sources) await source.DisposeAsync();
        await _generations.DisposeAsync();
    }

    // For containers and handlers that are disposed synchronously: addons unload on their own.
    public void Dispose() => _ = Task.Run(async () => await DisposeAsync());

    private async Task LoadAsync()
    {
        foreach (var source in _options.Addons)
        {
            if (await source.LoadAsync(_generations, _options.LoggerFactory, CancellationToken.None) is { } looked) _sources.Add(looked);
        }
    }
}
