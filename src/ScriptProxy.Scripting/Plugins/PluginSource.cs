using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Loading;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Plugins;

/// <summary>Plugins from their folders: complete, copied, and checked against the contract before anything of them runs.</summary>
internal sealed class PluginSource(PluginStore store)
{
    private readonly ContractPreflight _preflight = new(Contract.Current);

    /// <summary>Copies a plugin and checks it.</summary>
    /// <param name="path">The plugin's DLL, absolute.</param>
    /// <param name="known">The files of the last attempt; empty for a first one.</param>
    /// <param name="mayWait">Whether the folder may be looked at again in a moment, as it could still be written to.</param>
    public PreparedAddon Prepare(string path, IReadOnlyList<ScriptFile> known, bool mayWait)
    {
        if (PluginFolder.Incomplete(path) is { } incomplete) return mayWait ? PreparedAddon.NotYet : Refused(path, Look(path), ScriptErrors.PluginUnusable, incomplete);
        var files = PluginFolder.FilesOf(path);
        if (PluginFolder.TooLarge(files) is { } tooLarge) return Refused(path, Look(path), ScriptErrors.PluginUnusable, tooLarge);
        try
        {
            var copy = PluginCopy.Make(path, files, store);
            if (!copy.IsSettled && mayWait) return Dropped(copy, PreparedAddon.NotYet);
            if (SameContent(known, copy.Files)) return Dropped(copy, new PreparedAddon(null, copy.Files));
            return Check(path, copy.Files, Path.Combine(copy.Folder, Path.GetFileName(path)), copy.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            return mayWait ? PreparedAddon.NotYet : Refused(path, Look(path), ScriptErrors.PluginUnusable, exception.Message.Split('\n')[0]);
        }
    }

    /// <summary>Checks the plugin at <paramref name="assembly"/>, the addon of the file at <paramref name="path"/>.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="files">What it was made of.</param>
    /// <param name="assembly">Its DLL, in its place for good.</param>
    /// <param name="copy">The folder to remove with it; null when it stays.</param>
    public PreparedAddon Check(string path, IReadOnlyList<ScriptFile> files, string assembly, string? copy)
    {
        try
        {
            if (_preflight.Check(assembly) is not { } refusal) return new PreparedAddon(Code(path, files, assembly, copy), files);
            if (copy is not null) store.Remove(copy);
            return Refused(path, files, ScriptErrors.PluginContract, refusal);
        }
        catch
        {
            if (copy is not null) store.Remove(copy);
            throw;
        }
    }

    private PluginCode Code(string path, IReadOnlyList<ScriptFile> files, string assembly, string? copy) => new()
    {
        Path = path,
        Files = files,
        Assembly = assembly,
        Copy = copy,
        Store = store,
        Sources = SourcesOf(assembly),
        BlockingCall = BlockingCalls.Find(File.ReadAllBytes(assembly)),
    };

    private static List<string> SourcesOf(string assembly)
    {
        using var provider = PluginCode.OpenSymbols(assembly);
        if (provider is null) return [];
        var symbols = provider.GetMetadataReader();
        return [.. symbols.Documents.Select(document => symbols.GetString(symbols.GetDocument(document).Name))];
    }

    private static bool SameContent(IReadOnlyList<ScriptFile> before, IReadOnlyList<ScriptFile> now) =>
        before.Count == now.Count && before.Zip(now).All(pair => pair.First.Path == pair.Second.Path && pair.First.Hash == pair.Second.Hash);

    /// <summary>The files as they are, not read: what a next look is compared with.</summary>
    private static List<ScriptFile> Look(string path) => [.. PluginFolder.FilesOf(path).Select(file => new ScriptFile(file, null, FileFingerprint.Of(file)))];

    private PreparedAddon Dropped(PluginCopy copy, PreparedAddon result)
    {
        store.Remove(copy.Folder);
        return result;
    }

    private static PreparedAddon Refused(string path, IReadOnlyList<ScriptFile> files, string id, string problem) =>
        new(null, files, ScriptMessage.Error(path, id, problem));
}
