using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>#r: "lib/X.dll" relative to the file that names it, "System.Xml" and other parts of .NET, "nuget: ScriptProxy.Abstractions".</summary>
internal sealed class ReferenceResolver(FileSnapshot files, string directory) : MetadataReferenceResolver
{
    public const string PackagePrefix = "nuget:";

    private readonly Dictionary<string, ScriptReference> _resolved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The assemblies that were found by file.</summary>
    public IReadOnlyList<ScriptReference> Resolved => [.. _resolved.Values];

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        if (reference.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
        {
            var package = reference[PackagePrefix.Length..].Split(',')[0];
            return Directive.IsContract(package) ? [FrameworkReferences.Abstractions] : [];
        }

        if (reference.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) return ResolveFile(reference, baseFilePath, properties);

        var name = reference.Split(',')[0].Trim();
        if (Directive.IsContract(name)) return [FrameworkReferences.Abstractions];
        return PlatformAssemblies.Find(name) is { } path ? [MetadataReference.CreateFromFile(path, properties)] : [];
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private ImmutableArray<PortableExecutableReference> ResolveFile(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        if (Directive.FullPath(reference, baseFilePath, directory) is not { } full) return [];
        if (files.Read(full) is not { } image) return [];
        if (AssemblyNameOf(image) is not { } name) return [];
        if (Directive.IsContract(name)) return [FrameworkReferences.Abstractions];

        // From memory: the file is neither locked nor mapped, a build can replace it.
        _resolved[name] = new ScriptReference(name, full, image);
        return [MetadataReference.CreateFromImage(image, properties, filePath: full)];
    }

    private static string? AssemblyNameOf(byte[] image)
    {
        try
        {
            using var reader = new PEReader(new MemoryStream(image, writable: false));
            if (!reader.HasMetadata) return null;
            var metadata = reader.GetMetadataReader();
            return metadata.IsAssembly ? metadata.GetString(metadata.GetAssemblyDefinition().Name) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }
}
