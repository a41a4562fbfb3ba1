using System.Security.Cryptography;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Caching;

/// <summary>
/// One compiled script as a file: a mark, the hash of the rest, then the manifest (every file it was made of, with the hash of its content),
/// assembly, symbols and warnings. A file that was cut off or changed does not have its hash any more.
/// </summary>
internal static class CacheEntry
{
    private const int HashBytes = 32;

    private static ReadOnlySpan<byte> Mark => "SPROXY01"u8;

    public static byte[] Write(CompiledScript script)
    {
        using var stream = new MemoryStream();
        stream.Write(Mark);
        stream.Write(stackalloc byte[HashBytes]);
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) Write(writer, script);

        var bytes = stream.ToArray();
        SHA256.HashData(bytes.AsSpan(Mark.Length + HashBytes), bytes.AsSpan(Mark.Length));
        return bytes;
    }

    /// <summary>Reads an entry and compares its manifest with the files as they are in <paramref name="files"/>.</summary>
    /// <returns>Null when it is damaged, of another script, or of other content.</returns>
    public static CompiledScript? Read(byte[] bytes, string path, FileSnapshot files)
    {
        if (!bytes.AsSpan().StartsWith(Mark) || bytes.Length < Mark.Length + HashBytes) return null;
        var content = bytes.AsSpan(Mark.Length + HashBytes);
        if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(Mark.Length, HashBytes))) return null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, Mark.Length + HashBytes, content.Length, writable: false));
            return Read(reader, path, files);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or FormatException)
        {
            // The hash is right and the content is not: written by something else.
            return null;
        }
    }

    private static void Write(BinaryWriter writer, CompiledScript script)
    {
        writer.Write(script.Path);
        writer.Write(WorkingFolderOf(script.Warnings.Count));
        WriteAll(writer, script.Files, file =>
        {
            writer.Write(file.Path);
            writer.Write(file.Hash ?? "");
        });
        WriteAll(writer, script.Sources, writer.Write);
        WriteAll(writer, script.References, reference =>
        {
            writer.Write(reference.Name);
            writer.Write(reference.Path);
        });
        WriteAll(writer, script.Warnings, writer.Write);
        writer.Write(script.SubmissionType ?? "");
        writer.Write(script.BlockingCall ?? "");
        WriteBlock(writer, script.Image);
        WriteBlock(writer, script.Symbols);
    }

    private static CompiledScript? Read(BinaryReader reader, string path, FileSnapshot files)
    {
        if (reader.ReadString() != path) return null;
        var workingFolder = reader.ReadString();
        var manifest = ReadAll(reader, () => (Path: reader.ReadString(), Hash: reader.ReadString()));
        if (manifest.Any(file => (files.Hash(file.Path) ?? "") != file.Hash)) return null;

        var sources = ReadAll(reader, reader.ReadString);
        var references = ReadAll(reader, () => (Name: reader.ReadString(), Path: reader.ReadString()));
        var warnings = ReadAll(reader, reader.ReadString);
        if (workingFolder != WorkingFolderOf(warnings.Count)) return null;
        var (submissionType, blockingCall) = (reader.ReadString(), reader.ReadString());
        return new CompiledScript
        {
            Path = path,
            Files = files.Files,
            Sources = sources,
            References = [.. references.Select(reference => new ScriptReference(reference.Name, reference.Path, files.Read(reference.Path) ?? []))],
            Warnings = warnings,
            SubmissionType = submissionType.Length == 0 ? null : submissionType,
            BlockingCall = blockingCall.Length == 0 ? null : blockingCall,
            Image = ReadBlock(reader),
            Symbols = ReadBlock(reader),
        };
    }

    /// <summary>Warnings show paths relative to the working folder: read in another one they would mislead.</summary>
    private static string WorkingFolderOf(int warnings) => warnings == 0 ? "" : Environment.CurrentDirectory;

    private static void WriteAll<T>(BinaryWriter writer, IReadOnlyList<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        foreach (var item in items) write(item);
    }

    private static List<T> ReadAll<T>(BinaryReader reader, Func<T> read)
    {
        var items = new List<T>();
        for (var left = reader.ReadInt32(); left > 0; left--) items.Add(read());
        return items;
    }

    private static void WriteBlock(BinaryWriter writer, byte[] block)
    {
        writer.Write(block.Length);
        writer.Write(block);
    }

    private static byte[] ReadBlock(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        var block = reader.ReadBytes(length);
        return block.Length == length ? block : throw new EndOfStreamException();
    }
}
