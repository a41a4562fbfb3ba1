using Microsoft.Extensions.Logging;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Packages;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting;

/// <summary>
/// From an addon's file to code that can be loaded, whatever its form: a script is compiled, or found compiled; a single-file .cs with
/// packages is built; a plugin is copied and checked. One call at a time, except for builds, which may run beside all others.
/// </summary>
internal sealed class AddonSources : IAsyncDisposable
{
    private readonly CachingCompiler _compiler;
    private readonly PluginStore _store;
    private readonly PluginSource _plugins;
    private readonly PackageBuilds _builds;

    public AddonSources(ScriptOptions options, ILogger logger, TimeProvider timeProvider)
    {
        var folder = options.FullCacheDirectory;
        _compiler = new CachingCompiler(folder is null ? null : new CompileCache(folder, options.Debug, logger, timeProvider), options.Debug);
        _store = new PluginStore(folder);
        _plugins = new PluginSource(_store);
        _builds = new PackageBuilds(folder, options.Debug, _store, _plugins, logger) { FindSdk = options.FindSdk };
    }

    /// <summary>Prepares the addon at <paramref name="path"/> (absolute) from scratch.</summary>
    /// <param name="path">The addon's file.</param>
    /// <param name="files">Files already read, to be seen as they were then. A plugin's are read anew.</param>
    /// <param name="cancellationToken">Ends a build.</param>
    public async Task<PreparedAddon> PrepareAsync(string path, FileSnapshot files, CancellationToken cancellationToken = default)
    {
        if (PluginFolder.IsPlugin(path)) return await LookAsync(path, known: [], mayWait: false);
        if (PackageBuilds.IsNeeded(path, files)) return await _builds.BuildAsync(path, files, cancellationToken);
        var result = await _compiler.CompileAsync(path, files);
        return new PreparedAddon(result.Script, result.Script?.Files ?? files.Files, result.Errors);
    }

    /// <summary>Whether preparing an addon may take a build of seconds.</summary>
    public static bool IsBuilt(string path, FileSnapshot files) => !PluginFolder.IsPlugin(path) && PackageBuilds.IsNeeded(path, files);

    /// <summary>Prepares a plugin if its folder is complete and holds something new.</summary>
    /// <inheritdoc cref="PluginSource.Prepare" path="/param"/>
    public Task<PreparedAddon> LookAsync(string path, IReadOnlyList<ScriptFile> known, bool mayWait) => Task.Run(() => _plugins.Prepare(path, known, mayWait));

    /// <inheritdoc cref="CachingCompiler.WarmUpAsync"/>
    public Task WarmUpAsync(string path) => _compiler.WarmUpAsync(path);

    /// <summary>Ends when compiled scripts are in the cache. Copies of plugins that are still live go when they are unloaded.</summary>
    public async ValueTask DisposeAsync()
    {
        await _compiler.Stored;
        _builds.Dispose();
        _store.Dispose();
    }
}
