using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Settings;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>All scripts with their files and running versions. Works on one change at a time.</summary>
internal sealed partial class ScriptSet : IAsyncDisposable
{
    // How long a plugin's folder may be incomplete, or gone, before that is more than a copy under way.
    private static readonly TimeSpan CopyPatience = TimeSpan.FromSeconds(10);

    private readonly Generations _generations;
    private readonly ScriptOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly AddonSources _sources;
    private readonly ScriptLoader _loader;
    private readonly ScriptWatcher _watcher;
    private readonly string? _addonsDirectory;
    private readonly ShippedAddons _shipped;
    private readonly SemaphoreSlim _working = new(1, 1);
    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private readonly List<string> _settingsProblems = [];
    private Action<string> _warn;
    private AddonSettings _settings;
    private volatile IReadOnlyList<ScriptEntry> _entries = [];

    public ScriptSet(Generations generations, ScriptOptions options, ILogger logger, TimeProvider timeProvider)
    {
        _generations = generations;
        _options = options;
        _logger = logger;
        _timeProvider = timeProvider;
        _sources = new AddonSources(options, logger, timeProvider);
        _loader = new ScriptLoader(generations.HookTimeout, timeProvider, generations.OutsideHooks);
        _addonsDirectory = options.AddonsDirectory is null ? null : Path.GetFullPath(options.AddonsDirectory);
        _watcher = new ScriptWatcher(_addonsDirectory);
        _shipped = new ShippedAddons(options.ShippedDirectory is null ? null : Path.GetFullPath(options.ShippedDirectory), options.WithoutShipped, options.LoadsInert);
        _warn = warning => Log.Warned(_logger, warning);
        _settings = options.Settings ?? AddonSettings.Of(null, options.Set, _ => null, _settingsProblems);
    }

    /// <inheritdoc cref="ScriptHost.Loaded"/>
    public IReadOnlyList<LoadedScript> Loaded =>
    [
        .. from entry in _entries
           let live = entry.Live
           where live is not null
           select new LoadedScript(live.Name, entry.Path, entry.Generation, [.. live.HookNames]),
    ];

    /// <inheritdoc cref="ScriptHost.Inert"/>
    public IReadOnlyList<string> Inert => _shipped.Inert(_entries.Where(entry => entry.Live is not null));

    /// <inheritdoc cref="ScriptHost.Details"/>
    public IReadOnlyList<ScriptDetails> Details =>
    [
        .. from entry in _entries
           let live = entry.Live
           where live is not null
           select new ScriptDetails(
               new LoadedScript(live.Name, entry.Path, entry.Generation, [.. live.HookNames]), live.Statistics, [.. live.OpenCircuits], live.Options, _generations.StateKeys(live.Name)),
    ];

    /// <inheritdoc cref="ScriptHost.LoadAsync"/>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _working.WaitAsync(cancellationToken);
        var loaded = new Dictionary<ScriptEntry, LoadedAddon>();
        try
        {
            var errors = new List<string>(_settingsProblems);
            _entries = FindScripts(errors);
            foreach (var entry in _entries)
            {
                if (await TryLoadAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()), loaded.Values, errors).WaitAsync(cancellationToken) is { } addon) loaded[entry] = addon;
            }

            if (errors.Count == 0) CheckThatSettingsHaveAddons(_settings, [.. loaded.Values], errors);
            if (errors.Count > 0) throw new ScriptLoadException(errors);
            await PublishAsync(_entries, loaded);
            foreach (var (entry, addon) in loaded)
            {
                var hooks = Hooks(addon);
                Log.Live(_logger, addon.Name, entry.Generation, hooks);
            }
        }
        catch (Exception exception) when (exception is ScriptLoadException or OperationCanceledException)
        {
            foreach (var addon in loaded.Values) await _generations.UnloadAsync(addon);
            throw;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>Finds what is wrong with the scripts and their options. Runs top-level code and constructors, but no OnLoad, and publishes nothing.</summary>
    public async Task<ScriptCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var (errors, warnings, loaded) = (new List<string>(_settingsProblems), new List<string>(), new Dictionary<ScriptEntry, LoadedAddon>());
        _warn = warnings.Add;
        _entries = FindScripts(errors);
        try
        {
            foreach (var entry in _entries)
            {
                if (await TryBindAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()), loaded.Values, errors).WaitAsync(cancellationToken) is { } addon) loaded[entry] = addon;
            }

            if (errors.Count == 0) CheckThatSettingsHaveAddons(_settings, [.. loaded.Values], errors);
            return new ScriptCheck(
                errors, warnings, [.. loaded.Select(one => new CheckedScript(one.Value.Name, one.Key.Path, [.. one.Value.HookNames], one.Value.Options))]);
        }
        finally
        {
            foreach (var addon in loaded.Values) await _generations.UnloadAsync(addon);
        }
    }

    /// <summary>Looks for changes once and brings everything that changed up to date.</summary>
    /// <returns>Whether something changed that another look, soon, would confirm.</returns>
    public async Task<bool> PollAsync()
    {
        await _working.WaitAsync();
        try
        {
            if (_options.SettingsFile?.Poll() is { } change) await ApplyAsync(change);
            foreach (var script in _watcher.Poll()) await UpdateAsync(script);
            return _watcher.IsUnsettled;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>Makes the next reload fast where all scripts came from the cache: without this it would have to load the compiler first.</summary>
    public Task WarmUpAsync() => _entries.FirstOrDefault(entry => entry is { Live: not null, IsPlugin: false }) is { } script ? _sources.WarmUpAsync(script.Path) : Task.CompletedTask;

    /// <summary>Ends when compiled scripts are in the cache.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sources.DisposeAsync();
        _working.Dispose();
    }

    private List<ScriptEntry> FindScripts(List<string> errors)
    {
        if (_addonsDirectory is not null && _options.AddonsDirectory != ScriptOptions.DefaultAddonsDirectory && !Directory.Exists(_addonsDirectory))
            errors.Add($"{_options.AddonsDirectory}: no such folder of addons.");

        var named = _options.Scripts.Select(script => new ScriptEntry(Path.GetFullPath(script), isNamed: true));
        var files = new FileSnapshot();
        var found = _addonsDirectory is null ? [] : ScriptWatcher.List(_addonsDirectory).Where(script => !_shipped.IsCopy(script, files)).Select(script => new ScriptEntry(script, isNamed: false));
        return WithShipped([.. named.Concat(found).DistinctBy(entry => entry.Path)], _settings);
    }

    /// <summary>The entries without the shipped ones that nobody wants any more, and with those that someone now wants.</summary>
    private List<ScriptEntry> WithShipped(IReadOnlyList<ScriptEntry> entries, AddonSettings settings)
    {
        var wanted = _shipped.Wanted(settings, entries).Select(path => entries.FirstOrDefault(entry => entry.Path == path) ?? new ScriptEntry(path, isNamed: false, isShipped: true));
        return [.. entries.Where(entry => !entry.IsShipped), .. wanted];
    }

    /// <summary>Everything that a new file changes goes live in one generation, or nothing does.</summary>
    private async Task ApplyAsync(SettingsChange change)
    {
        foreach (var warning in change.Warnings) Log.Warned(_logger, warning);
        var errors = change.Errors.ToList();
        if (change.Settings is not { } next || errors.Count > 0)
        {
            foreach (var error in errors) Log.Failed(_logger, error);
            if (errors.Count > 0) Log.SettingsStay(_logger);
            return;
        }

        var started = Stopwatch.GetTimestamp();
        var before = _settings;
        _settings = next;
        var entries = WithShipped(_entries, next);
        var changed = entries.Where(entry => entry.Live is { } live ? live.OptionNames.Any(name => !next.SaysTheSame(name, before)) : entry.IsShipped && !_entries.Contains(entry)).ToList();
        if (!await TryReplaceAsync(entries, changed, errors))
        {
            _settings = before;
            foreach (var error in errors) Log.Failed(_logger, error);
            Log.SettingsStay(_logger);
            return;
        }

        var (milliseconds, names) = ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, string.Join(", ", changed.Select(entry => entry.Live!.Name)));
        if (changed.Count > 0) Log.SettingsApplied(_logger, names, changed[0].Generation, milliseconds);

        // What could not go live may have waited for this.
        foreach (var entry in _entries.Where(entry => entry.HasFailed).ToList()) await ReplaceAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()));
        CheckThatSettingsHaveAddons(_settings, [.. _entries.Select(entry => entry.Live).OfType<LoadedAddon>()], errors);
    }

    /// <summary>Loads what changed anew and publishes all of them as one generation; false when one failed.</summary>
    private async Task<bool> TryReplaceAsync(List<ScriptEntry> entries, List<ScriptEntry> changed, List<string> errors)
    {
        var loaded = new Dictionary<ScriptEntry, LoadedAddon>();
        foreach (var entry in changed)
        {
            if (await TryLoadAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()), loaded.Values, errors) is { } addon) loaded[entry] = addon;
        }

        if (errors.Count > 0)
        {
            foreach (var addon in loaded.Values) await _generations.UnloadAsync(addon);
            return false;
        }

        if (loaded.Count > 0 || entries.Count != _entries.Count) await PublishAsync(entries, loaded);
        return true;
    }

    private void CheckThatSettingsHaveAddons(AddonSettings settings, IReadOnlyList<LoadedAddon> addons, List<string> errors)
    {
        var names = addons.SelectMany(addon => addon.OptionNames).ToHashSet(StringComparer.Ordinal);
        names.UnionWith(_shipped.Names);
        errors.AddRange(settings.SetForNone(names));
        foreach (var problem in _options.IgnoresOtherSections ? [] : settings.SectionsForNone(names)) _warn(problem);
    }

    private async Task UpdateAsync(string script)
    {
        var entry = _entries.FirstOrDefault(entry => entry.Path == script) ?? new ScriptEntry(script, isNamed: false);
        if (entry.IsPlugin)
        {
            await UpdatePluginAsync(entry);
            return;
        }

        var now = new FileSnapshot();
        if (!_entries.Contains(entry) && _shipped.IsCopy(script, now))
        {
            _watcher.Watch(script, [.. now.Files.Where(file => file.Path == script)]);
        }
        else if (now.IsMissing(script))
        {
            await RemoveAsync(entry, now);
        }
        else if (entry.Differs(now))
        {
            await ReplaceAsync(entry, _sources.PrepareAsync(script, new FileSnapshot(now)));
        }
        else
        {
            // Touched, or saved without a change.
            _watcher.Watch(script, now.Files);
        }
    }

    private async Task UpdatePluginAsync(ScriptEntry entry)
    {
        // The watcher names it again at every look until it is answered.
        _waiting.TryAdd(entry.Path, _timeProvider.GetTimestamp());
        var mayWait = _timeProvider.GetElapsedTime(_waiting[entry.Path]) < CopyPatience;
        if (!File.Exists(entry.Path))
        {
            if (mayWait) return;
            _waiting.Remove(entry.Path);
            await RemoveAsync(entry, new FileSnapshot());
            return;
        }

        var plugin = await _sources.LookAsync(entry.Path, entry.Files, mayWait);
        if (plugin == PreparedAddon.NotYet) return;
        _waiting.Remove(entry.Path);
        if (plugin.IsUnchanged) Watch(entry, plugin.Files);
        else await ReplaceAsync(entry, Task.FromResult(plugin));
    }

    private async Task ReplaceAsync(ScriptEntry entry, Task<PreparedAddon> preparing)
    {
        var started = Stopwatch.GetTimestamp();
        if (!_entries.Contains(entry)) _entries = InOrder([.. _entries, entry]);
        var errors = new List<string>();
        if (await TryLoadAsync(entry, preparing, [], errors) is not { } addon)
        {
            foreach (var error in errors) Log.Failed(_logger, error);
            if (entry.Live is { } running) Log.Stays(_logger, running.Name, entry.Generation);
            else Log.NotLive(_logger, ScriptMessage.Shown(entry.Path));
            return;
        }

        await PublishAsync([.. _entries.Where(other => !GivesWay(other, entry))], new Dictionary<ScriptEntry, LoadedAddon> { [entry] = addon });
        var (milliseconds, hooks) = ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, Hooks(addon));
        Log.Replaced(_logger, addon.Name, entry.Generation, milliseconds, hooks);
    }

    private async Task RemoveAsync(ScriptEntry entry, FileSnapshot now)
    {
        // A folder that is gone as a whole is an unmounted volume or a mistake, not the wish to go without its addons.
        var stays = entry.Live is not null && (entry.IsNamed || entry.IsShipped || !Directory.Exists(_addonsDirectory));
        if (stays)
        {
            foreach (var file in entry.Files) now.Hash(file.Path);
            _watcher.Watch(entry.Path, now.Files);
            Log.FileGone(_logger, ScriptMessage.Shown(entry.Path), entry.Generation);
            return;
        }

        _watcher.Forget(entry.Path);
        if (!_entries.Contains(entry)) return;
        var name = entry.Live?.Name ?? ScriptMessage.Shown(entry.Path);
        await PublishAsync([.. _entries.Where(other => other != entry)], []);
        Log.Removed(_logger, name);
    }

    private void Watch(ScriptEntry entry, IReadOnlyList<ScriptFile> files)
    {
        entry.Files = files;
        _watcher.Watch(entry.Path, files);
    }

    /// <summary>Load, bind, OnLoad. Watches what was read, whatever comes of it.</summary>
    private async Task<LoadedAddon?> TryLoadAsync(ScriptEntry entry, Task<PreparedAddon> preparing, IEnumerable<LoadedAddon> alsoLoaded, List<string> errors)
    {
        entry.HasFailed = true;
        if (await TryBindAsync(entry, preparing, alsoLoaded, errors) is not { } addon) return null;
        try
        {
            await _generations.LoadAsync(addon);
            entry.HasFailed = false;
            return addon;
        }
        catch (AddonException exception)
        {
            errors.Add(exception.Message);
            return null;
        }
    }

    /// <summary>Load, bind.</summary>
    private async Task<LoadedAddon?> TryBindAsync(ScriptEntry entry, Task<PreparedAddon> preparing, IEnumerable<LoadedAddon> alsoLoaded, List<string> errors)
    {
        var prepared = await preparing;
        Watch(entry, prepared.Files);
        errors.AddRange(prepared.Errors);
        if (prepared.Code is not { } script) return null;

        foreach (var warning in script.Warnings) _warn(warning);
        var named = new FileSnapshot();
        var files = new OptionFiles(path => (named.Read(path), named.Problem(path)));
        try
        {
            var (addon, warnings) = await _loader.LoadAsync(script, NameOf(entry), _settings, files);
            foreach (var warning in warnings) _warn(warning);
            if (script.BlockingCall is { } call) Log.Blocks(_logger, addon.Name, call);
            if (!IsNameTaken(entry, addon, alsoLoaded)) return addon;
            errors.Add(ScriptMessage.Error(entry.Path, ScriptErrors.NameTaken, $"the name '{addon.Name}' belongs to another loaded addon."));
            await _generations.UnloadAsync(addon);
        }
        catch (ScriptLoadException exception)
        {
            errors.AddRange(exception.Errors);
        }
        finally
        {
            // Rules in files of their own belong to the addon: saved, they make it load anew.
            if (!entry.IsPlugin && named.Files.Count > 0) Watch(entry, [.. prepared.Files, .. named.Files]);
        }

        return null;
    }

    /// <summary>Puts <paramref name="replaced"/> in the place of their entries' running versions; addons that are no scripts stay as they are, in front.</summary>
    private async Task PublishAsync(IReadOnlyList<ScriptEntry> entries, Dictionary<ScriptEntry, LoadedAddon> replaced)
    {
        var before = _entries.Concat(entries).Select(entry => entry.Live).ToHashSet();
        var generation = await _generations.SwapAsync(live =>
        [
            .. live.Where(addon => !before.Contains(addon)),
            .. entries.Select(entry => replaced.GetValueOrDefault(entry) ?? entry.Live).OfType<LoadedAddon>(),
        ]);
        _entries = entries;
        foreach (var (entry, addon) in replaced) (entry.Live, entry.Generation) = (addon, generation);
    }

    /// <summary>The file name, or the path where several scripts have that file name.</summary>
    private string NameOf(ScriptEntry entry)
    {
        var name = Path.GetFileName(entry.Path);
        return _entries.Any(other => other != entry && !GivesWay(other, entry) && Path.GetFileName(other.Path) == name) ? ScriptMessage.Shown(entry.Path) : Printable.Escape(name);
    }

    private bool IsNameTaken(ScriptEntry entry, LoadedAddon addon, IEnumerable<LoadedAddon> alsoLoaded) =>
        _generations.Current.Addons.Where(other => other != entry.Live && !_entries.Any(before => before.Live == other && GivesWay(before, entry))).Concat(alsoLoaded).Any(other => other.Name == addon.Name);

    /// <summary>Whether one that ships is replaced by a script of the user's.</summary>
    private static bool GivesWay(ScriptEntry shipped, ScriptEntry other) => shipped.IsShipped && !other.IsShipped && ShippedAddons.IsSame(shipped.Path, other.Path);

    /// <summary>As the user named them, then the folder by name, then what ships with the proxy by name.</summary>
    private static IReadOnlyList<ScriptEntry> InOrder(IReadOnlyList<ScriptEntry> entries) =>
        [.. entries.Where(entry => entry.IsNamed), .. entries.Where(entry => !entry.IsNamed).OrderBy(entry => entry.IsShipped).ThenBy(entry => entry.Path, StringComparer.Ordinal)];

    private static string Hooks(LoadedAddon addon) => string.Join(", ", addon.HookNames);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} is live (generation {Generation}): {Hooks}")]
        public static partial void Live(ILogger logger, string script, int generation, string hooks);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} was replaced (generation {Generation}, {Milliseconds} ms): {Hooks}")]
        public static partial void Replaced(ILogger logger, string script, int generation, long milliseconds, string hooks);

        [LoggerMessage(Level = LogLevel.Information, Message = "Options changed for {Scripts} (generation {Generation}, {Milliseconds} ms)")]
        public static partial void SettingsApplied(ILogger logger, string scripts, int generation, long milliseconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Options were not changed; those that run stay")]
        public static partial void SettingsStay(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} was removed and unloads")]
        public static partial void Removed(ILogger logger, string script);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Script}: the file is gone; its running version (generation {Generation}) stays")]
        public static partial void FileGone(ILogger logger, string script, int generation);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
        public static partial void Failed(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Script} was not replaced; its running version (generation {Generation}) stays")]
        public static partial void Stays(ILogger logger, string script, int generation);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Script} is not live")]
        public static partial void NotLive(ILogger logger, string script);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
        public static partial void Warned(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Script} calls {Call}, which holds its thread: its hooks run on threads of their own")]
        public static partial void Blocks(ILogger logger, string script, string call);
    }
}
