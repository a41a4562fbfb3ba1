using System.Reflection;
using ScriptProxy.Scripting.Compiling;

namespace ScriptProxy.Scripting.Loading;

/// <summary>A compiled script with the assemblies it refers to, all of them loaded from memory: no file is locked or mapped.</summary>
internal sealed class ScriptLoadContext(CompiledScript script) : AddonLoadContext(Path.GetFileName(script.Path))
{
    public override Assembly LoadAddon() => LoadFromStream(new MemoryStream(script.Image, writable: false), new MemoryStream(script.Symbols, writable: false));

    protected override Assembly? LoadPrivate(AssemblyName name)
    {
        if (script.References.FirstOrDefault(reference => reference.Name.Equals(name.Name, StringComparison.OrdinalIgnoreCase)) is { } named)
            return LoadFromStream(new MemoryStream(named.Image, writable: false), Symbols(named.Path));
        if (PlatformAssemblies.Find(name.Name!) is not null) return null;

        // What a named DLL needs usually lies beside it.
        foreach (var folder in script.References.Select(reference => Path.GetDirectoryName(reference.Path)).Distinct())
        {
            var path = Path.Combine(folder!, name.Name + ".dll");
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
