using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>What every script is compiled against: .NET and ScriptProxy.Abstractions. Made once, because the compiler then reads their metadata once.</summary>
internal static class FrameworkReferences
{
    /// <summary>The contract between scripts and proxy.</summary>
    public static PortableExecutableReference Abstractions { get; } = MetadataReference.CreateFromFile(typeof(Addon).Assembly.Location);

    public static ImmutableArray<MetadataReference> All { get; } =
        [.. PlatformAssemblies.Base.Select(path => MetadataReference.CreateFromFile(path)), Abstractions];
}
