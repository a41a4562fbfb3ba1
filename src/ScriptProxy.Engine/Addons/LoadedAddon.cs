using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace ScriptProxy.Engine.Addons;

/// <summary>
/// One loaded version of one addon: its bound hooks and what is needed to let it go. Filled by whoever loads it, then published in a
/// generation; unloaded when the last generation that holds it has drained.
/// </summary>
internal sealed class LoadedAddon : IDisposable
{
    private readonly BoundHook?[] _hooks = new BoundHook?[HookKind.All.Count];
    private readonly List<Func<AddonContext, ValueTask>> _load = [];
    private readonly List<Func<ValueTask>> _unload = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Assembly? _assembly;
    private AssemblyLoadContext? _loadContext;
    private int _generations;
    private bool _named;

    /// <param name="name">What logs call it.</param>
    /// <param name="source">The file it came from, or the type's name.</param>
    /// <param name="loadContext">What to unload with it; null when its code stays.</param>
    public LoadedAddon(string name, string source, AssemblyLoadContext? loadContext = null)
    {
        Name = name;
        Source = source;
        _loadContext = loadContext;
    }

    private LoadedAddon(string name, Type type)
        : this(name, type.FullName ?? type.Name) => _assembly = type.Assembly;

    /// <summary>What logs call it: the first name that one of its objects gives itself, else the one it was made with.</summary>
    public string Name { get; private set; }

    public string Source { get; }

    /// <summary>Whether its code holds calls that block; its hooks then run on threads for such hooks. Set before hooks are added.</summary>
    public bool MayBlock { get; init; }

    /// <summary>Full paths of its source files: stack frames in them are its own.</summary>
    public IReadOnlyCollection<string> SourceFiles { get; init; } = [];

    /// <summary>What can be told of its options.</summary>
    public IReadOnlyList<AddonOption> Options { get; set; } = [];

    /// <summary>The names by which options know it.</summary>
    public IReadOnlyCollection<string> OptionNames { get; set; } = [];

    /// <summary>Whose turn it is among its serial hooks.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>What the calls of its hooks came to; empty before it is live.</summary>
    public IReadOnlyList<HookStatistics> Statistics => [.. _hooks.Select(hook => hook?.Counters?.Read()).OfType<HookStatistics>()];

    /// <summary>The hooks that failed so often that they are not called any more.</summary>
    public IEnumerable<string> OpenCircuits => _hooks.OfType<BoundHook>().Where(hook => hook.Breaker.IsOpen).Select(hook => hook.Name);

    public Hook<ClientConnection>? ClientConnected => Find(HookKind.ClientConnected)?.Body;

    public Hook<ClientConnection>? ClientDisconnected => Find(HookKind.ClientDisconnected)?.Body;

    public Hook<ConnectFlow>? Connect => Find(HookKind.Connect)?.Body;

    public Hook<TlsClientHello>? ClientHello => Find(HookKind.ClientHello)?.Body;

    public Hook<HttpFlow>? Request => Find(HookKind.Request)?.Body;

    public Hook<HttpFlow>? Response => Find(HookKind.Response)?.Body;

    public Hook<HttpFlow>? Error => Find(HookKind.Error)?.Body;

    public Hook<HttpFlow>? Completed => Find(HookKind.Completed)?.Body;

    /// <summary>The names of the hooks it implements, OnLoad and OnUnload left out.</summary>
    public IEnumerable<string> HookNames => _hooks.OfType<BoundHook>().Select(hook => hook.Name);

    /// <summary>Whether it reacts to anything, loading and unloading included.</summary>
    public bool HasHooks => _load.Count + _unload.Count > 0 || HookNames.Any();

    /// <summary>Cancelled when it is being retired.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Whether <see cref="LoadAsync"/> has succeeded.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Whether <see cref="UnloadAsync"/> was called.</summary>
    public bool IsUnloaded { get; private set; }

    /// <summary>Binds an object whose code stays in memory: for embedding, tests and addons that ship compiled.</summary>
    public static LoadedAddon FromInstance(Addon addon)
    {
        var loaded = new LoadedAddon(addon.GetType().Name, addon.GetType());
        loaded.Add(addon);
        return loaded;
    }

    /// <summary>Binds the hooks that <paramref name="addon"/>'s class overrides. Disposed after OnUnload when it can be.</summary>
    public void Add(Addon addon)
    {
        if (addon.Name is { Length: > 0 } name && !_named) (Name, _named) = (name, true);
        foreach (var kind in HookKind.All)
        {
            if (Overridden(addon, kind.Name + "Async") is { } method) kind.TryBind(this, method, addon);
        }

        if (Overridden(addon, nameof(Addon.OnLoadAsync)) is not null) AddLoad(addon.OnLoadAsync);
        if (addon is IDisposable disposable) AddUnload(() => Run(disposable.Dispose));
        if (addon is IAsyncDisposable asyncDisposable) AddUnload(asyncDisposable.DisposeAsync);
        if (Overridden(addon, nameof(Addon.OnUnloadAsync)) is not null) AddUnload(addon.OnUnloadAsync);
    }

    /// <summary>Binds one hook, after what is bound to it already.</summary>
    public void Add<T>(HookKind<T> kind, Hook<T> hook, HookTraits? traits = null)
    {
        if (Find(kind) is { } bound) bound.Append(hook, traits ?? HookTraits.None);
        else _hooks[kind.Index] = new BoundHook<T>(this, kind, hook, traits);
    }

    public void AddLoad(Func<AddonContext, ValueTask> load) => _load.Add(load);

    /// <summary>Adds an end to what was begun; the last one added runs first.</summary>
    public void AddUnload(Func<ValueTask> unload) => _unload.Insert(0, unload);

    /// <summary>The hook of that kind; null when not implemented.</summary>
    public BoundHook<T>? Find<T>(HookKind<T> kind) => (BoundHook<T>?)_hooks[kind.Index];

    /// <summary>Runs OnLoad. Exceptions are the addon's own.</summary>
    public async Task LoadAsync(AddonContext context)
    {
        foreach (var load in _load) await load(context);
        IsLoaded = true;
    }

    /// <summary>Counts a generation that holds this version.</summary>
    public void EnterGeneration() => Interlocked.Increment(ref _generations);

    /// <summary>Counts a generation that has drained.</summary>
    /// <returns>Whether it was the last one, and the version can be unloaded.</returns>
    public bool LeaveGeneration() => Interlocked.Decrement(ref _generations) == 0;

    /// <summary>Cancels <see cref="Stopping"/> and runs OnUnload where OnLoad ran. Exceptions are the addon's own; <see cref="Dispose"/> follows in any case.</summary>
    public async Task UnloadAsync()
    {
        IsUnloaded = true;
        var failures = new List<Exception>();
        foreach (var step in IsLoaded ? _unload.Prepend(StopAsync) : [StopAsync])
        {
            try
            {
                await step();
            }
            catch (Exception exception)
            {
                // Addon code throws anything, and one step's failure must not keep the others from running.
                failures.Add(exception);
            }
        }

        if (failures.Count > 0) throw new AggregateException(failures);
    }

    /// <summary>Drops the code. Whoever still holds this object keeps nothing else in memory.</summary>
    public void Dispose() => Drop()?.Unload();

    /// <summary>Drops the code and hands back what is to be unloaded; null when there is nothing, or it was handed out already.</summary>
    public AssemblyLoadContext? Drop()
    {
        IsUnloaded = true;
        foreach (var hook in _hooks) hook?.Release();
        _load.Clear();
        _unload.Clear();
        _stopping.Dispose();
        return Interlocked.Exchange(ref _loadContext, null);
    }

    /// <summary>The first frame in the addon's own sources, such as "mask.csx(12)"; null when there is none.</summary>
    public string? Locate(Exception exception)
    {
        foreach (var frame in new StackTrace(exception, fNeedFileInfo: true).GetFrames())
        {
            if (frame.GetFileName() is { } file && IsOwn(frame, file)) return $"{Path.GetFileName(file)}({frame.GetFileLineNumber()})";
        }

        return null;
    }

    private async ValueTask StopAsync() => await _stopping.CancelAsync();

    private bool IsOwn(StackFrame frame, string file) =>
        SourceFiles.Contains(file) || (_assembly is not null && frame.GetMethod()?.Module.Assembly == _assembly);

    private static MethodInfo? Overridden(Addon addon, string method) =>
        addon.GetType().GetMethod(method) is { } found && found.DeclaringType != typeof(Addon) ? found : null;

    private static ValueTask Run(Action action)
    {
        action();
        return default;
    }
}
