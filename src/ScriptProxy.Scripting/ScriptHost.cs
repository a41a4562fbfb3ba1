using Microsoft.Extensions.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting;

/// <summary>
/// Keeps scripts live: loads them before traffic flows, replaces them when they are saved. A version that does not compile, load or pass
/// its OnLoad changes nothing; the running one keeps serving. Disposing ends the watching only: addons live as long as the proxy does,
/// so that none of its last flows goes without them.
/// </summary>
public sealed partial class ScriptHost : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(100);

    // Long enough to be out of the way of a start, short against the time until someone saves for the first time.
    private static readonly TimeSpan WarmUpDelay = TimeSpan.FromSeconds(2);

    private readonly ScriptSet _scripts;
    private readonly bool _watch;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task? _watching;

    /// <summary>Prepares to load scripts into <paramref name="server"/>; nothing is read yet.</summary>
    /// <param name="server">Whose flows the scripts will see. Not disposed here.</param>
    /// <param name="options">Which scripts, and how.</param>
    /// <param name="loggerFactory">Where reloads and their failures are told.</param>
    public ScriptHost(ProxyServer server, ScriptOptions options, ILoggerFactory loggerFactory)
        : this((server ?? throw new ArgumentNullException(nameof(server))).Generations, options, loggerFactory)
    {
    }

    internal ScriptHost(Generations generations, ScriptOptions options, ILoggerFactory loggerFactory)
    {
        _logger = loggerFactory.CreateLogger<ScriptHost>();
        _scripts = new ScriptSet(generations, options, _logger, TimeProvider.System);
        _watch = options.Watch;
    }

    /// <summary>The scripts that are live, in the order in which their hooks run.</summary>
    public IReadOnlyList<LoadedScript> Loaded => _scripts.Loaded;

    /// <summary>The names of shipped addons that are not loaded: no option of theirs is set.</summary>
    internal IReadOnlyList<string> Inert => _scripts.Inert;

    /// <summary>The same, with options and the keys of their state.</summary>
    internal IReadOnlyList<ScriptDetails> Details => _scripts.Details;

    /// <summary>Finds what is wrong with scripts and their options, without a proxy: runs top-level code and constructors, but no OnLoad.</summary>
    internal static async Task<ScriptCheck> CheckAsync(ScriptOptions options, TimeSpan hookTimeout, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        await using var generations = new Generations(hookTimeout, AddonErrorPolicy.Fail, loggerFactory.CreateLogger<Generations>(), TimeProvider.System);
        await using var scripts = new ScriptSet(generations, options, loggerFactory.CreateLogger<ScriptHost>(), TimeProvider.System);
        return await scripts.CheckAsync(cancellationToken);
    }

    /// <summary>Loads all scripts and publishes them as one generation. To be called once, before traffic flows.</summary>
    /// <exception cref="ScriptLoadException">At least one script failed; nothing was published.</exception>
    public Task LoadAsync(CancellationToken cancellationToken) => _scripts.LoadAsync(cancellationToken);

    /// <summary>Begins to look for saved files, four times a second, until disposed. Does nothing when the options say not to watch.</summary>
    public void StartWatching()
    {
        if (_watch) _watching ??= WatchAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        if (_watching is not null) await _watching;
        await _scripts.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        _ = WarmUpAsync(); // its end is nobody's business
        try
        {
            var soon = false;
            while (true)
            {
                await Task.Delay(soon ? SettleInterval : PollInterval, _stopping.Token);
                soon = await PollAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task WarmUpAsync()
    {
        try
        {
            await Task.Delay(WarmUpDelay, _stopping.Token);
            await _scripts.WarmUpAsync();
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task<bool> PollAsync()
    {
        try
        {
            return await _scripts.PollAsync();
        }
        catch (Exception exception)
        {
            // Watching must survive whatever one file brings; the running versions are untouched.
            Log.WatchingFailed(_logger, exception);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Looking for changed scripts failed")]
        public static partial void WatchingFailed(ILogger logger, Exception exception);
    }
}
