using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>#load: files relative to the file that names them, read once.</summary>
internal sealed class SourceResolver(FileSnapshot files, string directory) : SourceReferenceResolver
{
    /// <summary>A text that can be embedded in the PDB; a byte order mark wins over UTF-8.</summary>
    public static SourceText ToText(byte[] content) =>
        SourceText.From(content, content.Length, Encoding.UTF8, SourceHashAlgorithm.Sha256, canBeEmbedded: true);

    public override string? NormalizePath(string path, string? baseFilePath) => Directive.FullPath(path, baseFilePath, directory);

    public override string? ResolveReference(string path, string? baseFilePath)
    {
        var full = NormalizePath(path, baseFilePath);
        return full is null || files.Read(full) is null ? null : full;
    }

    public override Stream OpenRead(string resolvedPath) => new MemoryStream(Content(resolvedPath), writable: false);

    public override SourceText ReadText(string resolvedPath) => ToText(Content(resolvedPath));

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private byte[] Content(string path) => files.Read(path) ?? throw new FileNotFoundException(null, path);
}
