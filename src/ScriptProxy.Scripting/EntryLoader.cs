using Microsoft.Extensions.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>From prepared code to an addon that can go live: load, bind, options, OnLoad. Watches what was read, whatever comes of it. One call at a time.</summary>
internal sealed partial class EntryLoader(Generations generations, ScriptEntries entries, ScriptWatcher watcher, TimeProvider timeProvider, ILogger logger)
{
    private readonly ScriptLoader _loader = new(generations.HookTimeout, timeProvider, generations.OutsideHooks);

    /// <summary>The options that addons get.</summary>
    public required AddonSettings Settings { get; set; }

    /// <summary>Where what is odd, but no error, is told.</summary>
    public required Action<string> Warn { get; set; }

    /// <summary>Takes note of what an entry was made of, so that a change of it is seen.</summary>
    public void Watch(ScriptEntry entry, IReadOnlyList<ScriptFile> files)
    {
        entry.Files = files;
        watcher.Watch(entry.Path, files);
    }

    /// <summary>Load, bind, OnLoad.</summary>
    /// <param name="entry">Whose code it is.</param>
    /// <param name="preparing">The code.</param>
    /// <param name="alsoLoaded">What is to go live together with it.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>Null when something is wrong.</returns>
    public async Task<LoadedAddon?> TryLoadAsync(ScriptEntry entry, Task<PreparedAddon> preparing, IEnumerable<LoadedAddon> alsoLoaded, List<string> errors)
    {
        entry.HasFailed = true;
        if (await TryBindAsync(entry, preparing, alsoLoaded, errors) is not { } addon) return null;
        try
        {
            await generations.LoadAsync(addon);
            entry.HasFailed = false;
            return addon;
        }
        catch (AddonException exception)
        {
            errors.Add(exception.Message);
            return null;
        }
    }

    /// <summary>Load, bind, without OnLoad.</summary>
    /// <inheritdoc cref="TryLoadAsync"/>
    public async Task<LoadedAddon?> TryBindAsync(ScriptEntry entry, Task<PreparedAddon> preparing, IEnumerable<LoadedAddon> alsoLoaded, List<string> errors)
    {
        var prepared = await preparing;
        Watch(entry, prepared.Files);
        errors.AddRange(prepared.Errors);
        if (prepared.Code is not { } script) return null;

        foreach (var warning in script.Warnings) Warn(warning);
        var named = new FileSnapshot();
        var files = new OptionFiles(path => (named.Read(path), named.Problem(path)));
        try
        {
            var (addon, warnings) = await _loader.LoadAsync(script, entries.NameOf(entry), Settings, files);
            foreach (var warning in warnings) Warn(warning);
            if (script.BlockingCall is { } call) Log.Blocks(logger, addon.Name, call);
            if (!entries.IsNameTaken(entry, addon, alsoLoaded)) return addon;
            errors.Add(ScriptMessage.Error(entry.Path, ScriptErrors.NameTaken, $"the name '{addon.Name}' belongs to another loaded addon."));
            await generations.UnloadAsync(addon);
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

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Script} calls {Call}, which holds its thread: its hooks run on threads of their own")]
        public static partial void Blocks(ILogger logger, string script, string call);
    }
}
