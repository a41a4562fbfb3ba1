using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ScriptProxy.Scripting.Loading;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>One version of a plugin: a copy of its folder.</summary>
internal sealed record PluginCode : AddonCode
{
    /// <summary>The plugin's DLL in the copy.</summary>
    public required string Assembly { get; init; }

    /// <summary>The copy; removed with the version. Null when it is kept for other versions, too.</summary>
    public required string? Copy { get; init; }

    /// <summary>Where its native libraries are loaded from.</summary>
    public required PluginStore Store { get; init; }

    public override AddonLoadContext CreateContext()
    {
        try
        {
            return new PluginLoadContext(this);
        }
        catch (InvalidOperationException exception)
        {
            Remove();
            throw new ScriptLoadException([ScriptMessage.Error(Path, ScriptErrors.PluginUnusable, $"its .deps.json cannot be used: {exception.Message.Split('\n')[0]}")]);
        }
    }

    public override MetadataReaderProvider? OpenSymbols() => OpenSymbols(Assembly);

    /// <summary>Removes the copy.</summary>
    public void Remove()
    {
        if (Copy is not null) Store.Remove(Copy);
    }

    /// <summary>Reads the portable PDB beside or inside an assembly; null when there is none.</summary>
    public static MetadataReaderProvider? OpenSymbols(string assembly)
    {
        try
        {
            // Read to its end now: nothing of the folder stays open.
            using var image = new PEReader(File.OpenRead(assembly), PEStreamOptions.PrefetchEntireImage);
            image.TryOpenAssociatedPortablePdb(assembly, path => File.Exists(path) ? new MemoryStream(File.ReadAllBytes(path), writable: false) : null, out var symbols, out _);
            return symbols;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            // Messages then name the plugin without a line.
            return null;
        }
    }
}
