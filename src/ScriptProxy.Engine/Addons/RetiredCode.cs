using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Addons;

/// <summary>Unloads the code of retired addons and watches whether it really leaves memory. Thread-safe.</summary>
internal sealed partial class RetiredCode(ILogger logger)
{
    // One version can be held up by something harmless; from the third on, every save costs memory and someone should know.
    private const int ToleratedVersions = 2;

    private static readonly Action? ClearJsonTypeCache = FindJsonTypeCache();

    private readonly Lock _gate = new();
    private readonly List<Version> _versions = [];
    private readonly Dictionary<string, int> _reported = [];

    /// <summary>How many unloaded versions are still in memory, garbage not yet collected included.</summary>
    public int StillInMemory
    {
        get
        {
            lock (_gate)
            {
                _versions.RemoveAll(static version => !version.Code.IsAlive);
                return _versions.Count;
            }
        }
    }

    /// <summary>Drops the addon's code.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Unload(LoadedAddon addon)
    {
        if (addon.Drop() is not { } loadContext) return;
        lock (_gate) _versions.Add(new Version(addon.Name, new WeakReference(loadContext, trackResurrection: true), GC.CollectionCount(GC.MaxGeneration)));
        loadContext.Unload();

        // System.Text.Json caches what it learned about a type for ever, and with it the type's assembly (dotnet/runtime#65323).
        ClearJsonTypeCache?.Invoke();
    }

    /// <summary>Names addons of which several old versions have outlived two full garbage collections.</summary>
    public void Check()
    {
        lock (_gate)
        {
            _versions.RemoveAll(static version => !version.Code.IsAlive);
            var collections = GC.CollectionCount(GC.MaxGeneration);
            foreach (var addon in _versions.Where(version => collections - version.CollectionsBefore >= 2).CountBy(version => version.Addon))
            {
                if (addon.Value <= Math.Max(ToleratedVersions, _reported.GetValueOrDefault(addon.Key) * 2)) continue;
                _reported[addon.Key] = addon.Value;
                Log.StillInMemory(logger, addon.Value, addon.Key);
            }
        }
    }

    private static Action? FindJsonTypeCache()
    {
        // What the runtime itself calls on hot reload. It is internal: should it be renamed, only this remedy is lost.
        var clear = typeof(JsonSerializer).Assembly.GetType("System.Text.Json.JsonSerializerOptionsUpdateHandler")
            ?.GetMethod("ClearCache", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Type[])]);
        return clear is null ? null : () => clear.Invoke(null, [null]);
    }

    private sealed record Version(string Addon, WeakReference Code, int CollectionsBefore);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message =
            "{Count} old versions of {Addon} are still in memory (a background task that ignores context.Stopping, a static event handler, or 'dynamic'?)")]
        public static partial void StillInMemory(ILogger logger, int count, string addon);
    }
}
