using System.Reflection;
using System.Runtime.Loader;
using ScriptProxy.Scripting.Loading;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>A plugin with the assemblies and native libraries that its .deps.json names, all from its own copy.</summary>
internal sealed class PluginLoadContext : AddonLoadContext
{
    private readonly PluginCode _plugin;
    private readonly AssemblyDependencyResolver _dependencies;

    /// <exception cref="InvalidOperationException">The .deps.json cannot be read.</exception>
    public PluginLoadContext(PluginCode plugin)
        : base(System.IO.Path.GetFileName(plugin.Path))
    {
        _plugin = plugin;
        _dependencies = new AssemblyDependencyResolver(plugin.Assembly);
        Unloading += _ => plugin.Remove();
    }

    public override Assembly LoadAddon() => LoadFromAssemblyPath(_plugin.Assembly);

    /// <summary>As .NET does for applications: of what both the plugin and .NET bring, the newer version.</summary>
    protected override Assembly? LoadPrivate(AssemblyName name)
    {
        var own = _dependencies.ResolveAssemblyToPath(name);
        var platform = PlatformAssemblies.Find(name.Name!);
        if (own is not null && (platform is null || VersionOf(own) > VersionOf(platform))) return LoadFromAssemblyPath(own);
        if (platform is not null || !string.IsNullOrEmpty(name.CultureName)) return null;

        // Null would lend it the proxy's own libraries, in whatever version that has today; so would a FileNotFoundException, which the runtime takes for null.
        throw new FileLoadException(
            $"{name.Name}.dll is not in the plugin's folder. Build it with <EnableDynamicLoading>true</EnableDynamicLoading> and copy the whole output folder.", name.Name + ".dll");
    }

    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName) =>
        _dependencies.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(_plugin.Store.NativePath(path)) : IntPtr.Zero;

    private static Version? VersionOf(string path) => AssemblyName.GetAssemblyName(path).Version;
}
