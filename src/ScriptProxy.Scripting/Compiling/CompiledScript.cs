using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>Everything needed to run a script, without the compiler.</summary>
internal sealed record CompiledScript
{
    /// <summary>The script's file, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The assembly.</summary>
    public required byte[] Image { get; init; }

    /// <summary>Its portable PDB, with absolute document paths and the sources embedded.</summary>
    public required byte[] Symbols { get; init; }

    /// <summary>The type that holds top-level code and functions; null for a .cs file, which has neither.</summary>
    public string? SubmissionType { get; init; }

    /// <summary>Source files and referenced assemblies, absolute, as they were when compiled.</summary>
    public required IReadOnlyList<ScriptFile> Files { get; init; }

    /// <summary>The full paths of the source files alone.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>The assemblies named by #r, to be loaded with the script.</summary>
    public required IReadOnlyList<ScriptReference> References { get; init; }

    /// <summary>Ready-made lines.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>A call that holds its thread, such as "Thread.Sleep"; null when none was found outside top-level code, OnLoad and OnUnload.</summary>
    public string? BlockingCall { get; init; }
}

/// <summary>An assembly that a script refers to by file.</summary>
/// <param name="Name">Its simple name.</param>
/// <param name="Path">Where it was read from, absolute.</param>
/// <param name="Image">Its content when the script was compiled.</param>
internal sealed record ScriptReference(string Name, string Path, byte[] Image);
