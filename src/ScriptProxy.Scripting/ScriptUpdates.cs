using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>What a changed, new or deleted file means for the addons that run. One call at a time.</summary>
internal sealed partial class ScriptUpdates(ScriptEntries entries, EntryLoader loader, AddonSources sources, ScriptWatcher watcher, TimeProvider timeProvider, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a plugin's folder may be incomplete, or gone, before that is more than a copy under way.</summary>
    public static readonly TimeSpan CopyPatience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private readonly PendingBuilds _builds = new();

    /// <summary>Looks into a script that the watcher named, and brings it up to date.</summary>
    public async Task UpdateAsync(string script)
    {
        var entry = entries.Of(script);
        if (entry.IsPlugin)
        {
            await UpdatePluginAsync(entry);
            return;
        }

        var now = new FileSnapshot();
        if (!entries.Contains(entry) && entries.IsCopyOfShipped(script, now))
        {
            watcher.Watch(script, [.. now.Files.Where(file => file.Path == script)]);
        }
        else if (now.IsMissing(script))
        {
            await RemoveAsync(entry, now);
        }
        else if (entry.Differs(now))
        {
            await ReplaceOrBuildAsync(entry, new FileSnapshot(now));
        }
        else
        {
            // Touched, or saved without a change.
            watcher.Watch(script, now.Files);
        }
    }

    private async Task UpdatePluginAsync(ScriptEntry entry)
    {
        // The watcher names it again at every look until it is answered.
        _waiting.TryAdd(entry.Path, timeProvider.GetTimestamp());
        var mayWait = timeProvider.GetElapsedTime(_waiting[entry.Path]) < CopyPatience;
        if (!File.Exists(entry.Path))
        {
            if (mayWait) return;
            _waiting.Remove(entry.Path);
            await RemoveAsync(entry, new FileSnapshot());
            return;
        }

        var plugin = await sources.LookAsync(entry.Path, entry.Files, mayWait);
        if (plugin == PreparedAddon.NotYet) return;
        _waiting.Remove(entry.Path);
        if (plugin.IsUnchanged) loader.Watch(entry, plugin.Files);
        else await ReplaceAsync(entry, Task.FromResult(plugin));
    }

    /// <summary>Puts a new version of an entry in the place of the running one, or leaves that where the new one is no good.</summary>
    public Task ReplaceAsync(ScriptEntry entry, Task<PreparedAddon> preparing) => ReplaceAsync(entry, preparing, Stopwatch.GetTimestamp());

    /// <summary>Takes up what was built meanwhile.</summary>
    /// <param name="wait">Whether to wait for builds that still run.</param>
    public async Task FinishBuildsAsync(bool wait)
    {
        while (await _builds.TakeAsync(wait) is { } build)
        {
            using (build) await ReplaceAsync(build.Entry, build.Result, build.Started);
        }
    }

    /// <summary>Ends the builds that run.</summary>
    public ValueTask DisposeAsync() => _builds.DisposeAsync();

    /// <summary>A build takes seconds, in which other files are saved: it runs beside, and goes live when it is done, unless its file was saved again.</summary>
    private async Task ReplaceOrBuildAsync(ScriptEntry entry, FileSnapshot files)
    {
        _builds.Drop(entry.Path);
        if (!AddonSources.IsBuilt(entry.Path, files))
        {
            await ReplaceAsync(entry, sources.PrepareAsync(entry.Path, files));
            return;
        }

        var build = new PendingBuild(entry, cancellationToken => sources.PrepareAsync(entry.Path, files, cancellationToken));
        entries.Add(entry);
        loader.Watch(entry, files.Files);
        _builds.Add(build);
        await FinishBuildsAsync(wait: false);
    }

    private async Task ReplaceAsync(ScriptEntry entry, Task<PreparedAddon> preparing, long started)
    {
        entries.Add(entry);
        var errors = new List<string>();
        if (await loader.TryLoadAsync(entry, preparing, [], errors) is not { } addon)
        {
            foreach (var error in errors) Log.Failed(logger, error);
            if (entry.Live is { } running) Log.Stays(logger, running.Name, entry.Generation);
            else Log.NotLive(logger, ScriptMessage.Shown(entry.Path));
            return;
        }

        await entries.PublishAsync(entries.Beside(entry), new Dictionary<ScriptEntry, LoadedAddon> { [entry] = addon });
        var (milliseconds, hooks) = ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds, string.Join(", ", addon.HookNames));
        Log.Replaced(logger, addon.Name, entry.Generation, milliseconds, hooks);
    }

    private async Task RemoveAsync(ScriptEntry entry, FileSnapshot now)
    {
        _builds.Drop(entry.Path);

        // A folder that is gone as a whole is an unmounted volume or a mistake, not the wish to go without its addons.
        var stays = entry.Live is not null && (entry.IsNamed || entry.IsShipped || !Directory.Exists(entries.AddonsDirectory));
        if (stays)
        {
            foreach (var file in entry.Files) now.Hash(file.Path);
            watcher.Watch(entry.Path, now.Files);
            Log.FileGone(logger, ScriptMessage.Shown(entry.Path), entry.Generation);
            return;
        }

        watcher.Forget(entry.Path);
        if (!entries.Contains(entry)) return;
        var name = entry.Live?.Name ?? ScriptMessage.Shown(entry.Path);
        await entries.PublishAsync([.. entries.All.Where(other => other != entry)], []);
        Log.Removed(logger, name);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Script} was replaced (generation {Generation}, {Milliseconds} ms): {Hooks}")]
        public static partial void Replaced(ILogger logger, string script, int generation, long milliseconds, string hooks);

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
    }
}
