using System.Reflection;
using System.Runtime.Loader;
using ScriptProxy.Scripting.Compiling;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Where one version of one script lives, and what leaves memory with it.</summary>
internal sealed class AddonLoadContext(CompiledScript script) : AssemblyLoadContext(Path.GetFileName(script.Path), isCollectible: true)
{
    private static readonly Assembly Contract = typeof(Addon).Assembly;
    private static readonly string ContractName = Contract.GetName().Name!;

    /// <summary>Loads the script's own assembly.</summary>
    public Assembly LoadScript() => LoadFromStream(new MemoryStream(script.Image, writable: false), new MemoryStream(script.Symbols, writable: false));

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name;
        if (name is null) return null;
        if (name == ContractName) return Contract;
        if (script.References.FirstOrDefault(reference => reference.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } named)
            return LoadFromStream(new MemoryStream(named.Image, writable: false), Symbols(named.Path));
        if (PlatformAssemblies.Find(name) is not null) return null;

        // What a named DLL needs usually lies beside it.
        foreach (var folder in script.References.Select(reference => Path.GetDirectoryName(reference.Path)).Distinct())
        {
            var path = Path.Combine(folder!, name + ".dll");
            if (File.Exists(path)) return LoadFromStream(new MemoryStream(File.ReadAllBytes(path), writable: false), Symbols(path));
        }

        return null;
    }

    private static MemoryStream? Symbols(string assembly)
    {
        var path = Path.ChangeExtension(assembly, ".pdb");
        return File.Exists(path) ? new MemoryStream(File.ReadAllBytes(path), writable: false) : null;
    }
}
