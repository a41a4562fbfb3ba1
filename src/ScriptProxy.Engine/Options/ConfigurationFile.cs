using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>scriptproxy.yaml as it was read: the proxy's options by name, and sections of their own form.</summary>
internal sealed class ConfigurationFile
{
    /// <summary>The file that is looked for in the working directory.</summary>
    public const string DefaultName = "scriptproxy.yaml";

    /// <summary>The section with the options of addons, by the addon's name.</summary>
    public const string AddonsSection = "addons";

    /// <summary>Longer files are refused.</summary>
    public const int LargestBytes = 1024 * 1024;

    private ConfigurationFile(string path, GivenMap? root)
    {
        Path = path;
        Root = root;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>What relative paths in the file start from.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The keys and their values; null for an empty file.</summary>
    public GivenMap? Root { get; }

    /// <summary>What stands under addons; null when nothing does.</summary>
    public GivenMap? Addons => Root?.Find(AddonsSection) as GivenMap;

    /// <summary>A path as messages show it: relative to the current directory where that is shorter.</summary>
    public static string Shown(string path)
    {
        var relative = System.IO.Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Printable.Escape(relative.Length < path.Length ? relative : path);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is not what it should be.</exception>
    public static ConfigurationFile Read(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[LargestBytes + 1];
            return Parse(path, content.AsSpan(0, stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"{Shown(path)}: there is no such file. Name another with --config.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{Shown(path)}: {(System.IO.Directory.Exists(path) ? "expected a file, got a folder. Name another with --config." : "no permission to read it. Make it readable for the user that runs the proxy.")}");
        }
        catch (IOException exception)
        {
            throw new ConfigurationException($"{Shown(path)}: cannot be read: {Printable.Escape(exception.Message)}");
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="content">UTF-8, with or without a mark in front.</param>
    /// <exception cref="ConfigurationException">It is not what it should be.</exception>
    public static ConfigurationFile Parse(string path, ReadOnlySpan<byte> content)
    {
        var name = Shown(path);
        if (content.Length > LargestBytes) throw new ConfigurationException($"{name}: longer than 1 MB, which no configuration is.");
        return YamlReader.ReadFile(name, Decode(name, content)) switch
        {
            GivenMap root => new ConfigurationFile(path, root),
            GivenText { Text: null } => new ConfigurationFile(path, null),
            var other => throw new ConfigurationException($"{other.Place}: expected options, such as \"listen: 127.0.0.1:8080\"."),
        };
    }

    private static string Decode(string name, ReadOnlySpan<byte> content)
    {
        if (content.StartsWith(Encoding.UTF8.Preamble)) content = content[Encoding.UTF8.Preamble.Length..];
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException exception)
        {
            var line = content[..Math.Max(0, exception.Index)].Count((byte)'\n') + 1;
            throw new ConfigurationException($"{name}({line}): not UTF-8. Save the file as UTF-8.");
        }
    }
}
