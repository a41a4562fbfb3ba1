using System.Reflection.Metadata;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Loading;

/// <summary>One version of an addon, checked and ready to be loaded: a compiled script or a plugin.</summary>
internal abstract record AddonCode
{
    /// <summary>The addon's file, absolute: what the user named, or what was found in the addons folder.</summary>
    public required string Path { get; init; }

    /// <summary>All files it was made of, absolute, as they were then.</summary>
    public required IReadOnlyList<ScriptFile> Files { get; init; }

    /// <summary>The full paths of the source files alone, as stack traces name them.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Ready-made lines.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The type that holds top-level code and functions; null for anything but a .csx.</summary>
    public string? SubmissionType { get; init; }

    /// <summary>A call that holds its thread, such as "Thread.Sleep"; null when none was found outside top-level code, OnLoad and OnUnload.</summary>
    public string? BlockingCall { get; init; }

    /// <summary>Makes a place for one load of this version. Nothing is loaded yet.</summary>
    public abstract AddonLoadContext CreateContext();

    /// <summary>Reads the portable PDB; null when there is none.</summary>
    public abstract MetadataReaderProvider? OpenSymbols();
}
