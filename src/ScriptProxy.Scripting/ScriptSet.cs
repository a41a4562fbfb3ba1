using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Settings;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>All scripts with their files and running versions. Works on one change at a time.</summary>
internal sealed partial class ScriptSet : IAsyncDisposable
{
    private readonly Generations _generations;
    private readonly ScriptOptions _options;
    private readonly ILogger _logger;
    private readonly AddonSources _sources;
    private readonly ScriptEntries _entries;
    private readonly ScriptWatcher _watcher;
    private readonly EntryLoader _loader;
    private readonly ScriptUpdates _updates;
    private readonly SkippedPlugins _skipped;
    private readonly SemaphoreSlim _working = new(1, 1);
    private readonly List<string> _settingsProblems = [];

    public ScriptSet(Generations generations, ScriptOptions options, ILogger logger, TimeProvider timeProvider)
    {
        _generations = generations;
        _options = options;
        _logger = logger;
        _sources = new AddonSources(options, logger, timeProvider);
        _entries = new ScriptEntries(generations, options);
        _watcher = new ScriptWatcher(_entries.AddonsDirectory);
        _loader = new EntryLoader(generations, _entries, _watcher, timeProvider, logger)
        {
            Settings = options.Settings ?? AddonSettings.Of(null, options.Set, _ => null, _settingsProblems),
            Warn = warning => Log.Warned(logger, warning),
        };
        _skipped = new SkippedPlugins(_entries.AddonsDirectory, ScriptUpdates.CopyPatience, timeProvider);
        _updates = new ScriptUpdates(_entries, _loader, _sources, _watcher, timeProvider, logger);
    }

    /// <inheritdoc cref="ScriptHost.Loaded"/>
    public IReadOnlyList<LoadedScript> Loaded => _entries.Loaded;

    /// <inheritdoc cref="ScriptHost.Inert"/>
    public IReadOnlyList<string> Inert => _entries.Inert;

    /// <inheritdoc cref="ScriptHost.Details"/>
    public IReadOnlyList<ScriptDetails> Details => _entries.Details;

    /// <inheritdoc cref="ScriptHost.LoadAsync"/>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _working.WaitAsync(cancellationToken);
        var loaded = new Dictionary<ScriptEntry, LoadedAddon>();
        try
        {
            var errors = new List<string>(_settingsProblems);
            _entries.All = _entries.Find(_loader.Settings, errors);
            WarnOfSkipped(mayWait: false);
            foreach (var entry in _entries.All)
            {
                if (await _loader.TryLoadAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot(), cancellationToken), loaded.Values, errors).WaitAsync(cancellationToken) is { } addon) loaded[entry] = addon;
            }

            if (errors.Count == 0) CheckThatSettingsHaveAddons(_loader.Settings, [.. loaded.Values], errors);
            if (errors.Count > 0) throw new ScriptLoadException(errors);
            await _entries.PublishAsync(_entries.All, loaded);
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
        _loader.Warn = warnings.Add;
        _entries.All = _entries.Find(_loader.Settings, errors);
        WarnOfSkipped(mayWait: false);
        try
        {
            foreach (var entry in _entries.All)
            {
                if (await _loader.TryBindAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot(), cancellationToken), loaded.Values, errors).WaitAsync(cancellationToken) is { } addon) loaded[entry] = addon;
            }

            if (errors.Count == 0) CheckThatSettingsHaveAddons(_loader.Settings, [.. loaded.Values], errors);
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
            await _updates.FinishBuildsAsync(wait: false);
            if (_options.SettingsFile?.Poll() is { } change)
            {
                // New options are for the code that is live then.
                await _updates.FinishBuildsAsync(wait: true);
                await ApplyAsync(change);
            }

            foreach (var script in _watcher.Poll()) await _updates.UpdateAsync(script);
            WarnOfSkipped(mayWait: true);
            return _watcher.IsUnsettled;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>Waits for the builds that run, and takes up what they made.</summary>
    public async Task FinishBuildsAsync()
    {
        await _working.WaitAsync();
        try
        {
            await _updates.FinishBuildsAsync(wait: true);
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>Makes the next reload fast where all scripts came from the cache: without this it would have to load the compiler first.</summary>
    public Task WarmUpAsync() => _entries.All.FirstOrDefault(entry => entry is { Live: not null, IsPlugin: false }) is { } script ? _sources.WarmUpAsync(script.Path) : Task.CompletedTask;

    /// <summary>Ends builds under way, and when compiled scripts are in the cache.</summary>
    public async ValueTask DisposeAsync()
    {
        await _updates.DisposeAsync();
        await _sources.DisposeAsync();
        _working.Dispose();
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
        var before = _loader.Settings;
        _loader.Settings = next;
        var entries = _entries.WithShipped(_entries.All, next);
        var changed = entries.Where(entry => entry.Live is { } live ? live.OptionNames.Any(name => !next.SaysTheSame(name, before)) : entry.IsShipped && !_entries.Contains(entry)).ToList();
        if (!await TryReplaceAsync(entries, changed, errors))
        {
            _loader.Settings = before;
            foreach (var error in errors) Log.Failed(_logger, error);
            Log.SettingsStay(_logger);
            return;
        }

        var (milliseconds, names) = ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, string.Join(", ", changed.Select(entry => entry.Live!.Name)));
        if (changed.Count > 0) Log.SettingsApplied(_logger, names, changed[0].Generation, milliseconds);

        // What could not go live may have waited for this.
        foreach (var entry in _entries.All.Where(entry => entry.HasFailed).ToList()) await _updates.ReplaceAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()));
        CheckThatSettingsHaveAddons(_loader.Settings, [.. _entries.All.Select(entry => entry.Live).OfType<LoadedAddon>()], errors);
    }

    /// <summary>Loads what changed anew and publishes all of them as one generation; false when one failed.</summary>
    private async Task<bool> TryReplaceAsync(List<ScriptEntry> entries, List<ScriptEntry> changed, List<string> errors)
    {
        var loaded = new Dictionary<ScriptEntry, LoadedAddon>();
        foreach (var entry in changed)
        {
            if (await _loader.TryLoadAsync(entry, _sources.PrepareAsync(entry.Path, new FileSnapshot()), loaded.Values, errors) is { } addon) loaded[entry] = addon;
        }

        if (errors.Count > 0)
        {
            foreach (var addon in loaded.Values) await _generations.UnloadAsync(addon);
            return false;
        }

        if (loaded.Count > 0 || entries.Count != _entries.All.Count) await _entries.PublishAsync(entries, loaded);
        return true;
    }

    private void CheckThatSettingsHaveAddons(AddonSettings settings, IReadOnlyList<LoadedAddon> addons, List<string> errors)
    {
        var names = addons.SelectMany(addon => addon.OptionNames).ToHashSet(StringComparer.Ordinal);
        names.UnionWith(_entries.ShippedNames);
        errors.AddRange(settings.SetForNone(names));
        foreach (var problem in _options.IgnoresOtherSections ? [] : settings.SectionsForNone(names)) _loader.Warn(problem);
    }

    private void WarnOfSkipped(bool mayWait)
    {
        foreach (var warning in _skipped.Look(_entries.All.Select(entry => entry.Path), mayWait)) _loader.Warn(warning);
    }

    private static string Hooks(LoadedAddon addon) => string.Join(", ", addon.HookNames);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} is live (generation {Generation}): {Hooks}")]
        public static partial void Live(ILogger logger, string script, int generation, string hooks);

        [LoggerMessage(Level = LogLevel.Information, Message = "Options changed for {Scripts} (generation {Generation}, {Milliseconds} ms)")]
        public static partial void SettingsApplied(ILogger logger, string scripts, int generation, long milliseconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Options were not changed; those that run stay")]
        public static partial void SettingsStay(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
        public static partial void Failed(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
        public static partial void Warned(ILogger logger, string problem);
    }
}
