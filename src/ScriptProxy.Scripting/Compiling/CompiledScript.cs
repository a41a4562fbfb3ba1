using System.Reflection.Metadata;
using ScriptProxy.Scripting.Loading;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>Everything needed to run a script, without the compiler.</summary>
internal sealed record CompiledScript : AddonCode
{
    /// <summary>The assembly.</summary>
    public required byte[] Image { get; init; }

    /// <summary>Its portable PDB, with absolute document paths and the sources embedded.</summary>
    public required byte[] Symbols { get; init; }

    /// <summary>The assemblies named by #r, to be loaded with the script.</summary>
    public required IReadOnlyList<ScriptReference> References { get; init; }

    public override AddonLoadContext CreateContext() => new ScriptLoadContext(this);

    public override MetadataReaderProvider OpenSymbols() => MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Symbols, writable: false));
}

/// <summary>An assembly that a script refers to by file.</summary>
/// <param name="Name">Its simple name.</param>
/// <param name="Path">Where it was read from, absolute.</param>
/// <param name="Image">Its content when the script was compiled.</param>
internal sealed record ScriptReference(string Name, string Path, byte[] Image);
