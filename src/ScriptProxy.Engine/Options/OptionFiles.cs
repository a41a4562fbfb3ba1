using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>Reads the files that options name with "@FILE".</summary>
/// <param name="read">The content of a file (absolute), or why it cannot be read. Called by one thread at a time.</param>
internal sealed class OptionFiles(Func<string, (byte[]? Content, string? Problem)> read)
{
    private const int LargestBytes = 16 * 1024 * 1024;

    /// <summary>Reads a file as YAML, which JSON is too.</summary>
    /// <param name="path">Relative to the file that names it, else to the working directory.</param>
    /// <param name="given">Where it is named.</param>
    /// <param name="reading">Gets a line when it cannot be read.</param>
    /// <param name="included">How to read what is in it.</param>
    /// <returns>What it says; null when it cannot be read.</returns>
    public GivenValue? TryRead(string path, GivenValue given, OptionReading reading, out OptionReading included)
    {
        included = reading;
        var folder = given.Source == OptionSource.File && reading.BaseDirectory is { } directory ? directory : Environment.CurrentDirectory;
        var full = Path.GetFullPath(Path.Combine(folder, path));
        var (content, problem) = read(full);
        if (content is null || content.Length > LargestBytes)
        {
            reading.Add($"{given.Place} \"@{Printable.Escape(path)}\": {(content is null ? problem ?? "cannot be read" : "longer than 16 MB")}. Expected a YAML or JSON file.");
            return null;
        }

        included = reading.Of(Path.GetDirectoryName(full)!);
        try
        {
            return YamlReader.ReadFile(ConfigurationFile.Shown(full), new UTF8Encoding(false).GetString(content).TrimStart('\uFEFF'));
        }
        catch (ConfigurationException exception)
        {
            reading.Add(exception.Message);
            return null;
        }
    }
}
