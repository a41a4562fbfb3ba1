using System.Collections.Frozen;

namespace ScriptProxy.Scripting;

/// <summary>The assemblies that .NET itself brings. Known without the compiler.</summary>
internal static class PlatformAssemblies
{
    private static readonly FrozenDictionary<string, string> Paths = FindPaths();

    /// <summary>The files of the base framework, which every script can use.</summary>
    public static IEnumerable<string> Base
    {
        get
        {
            var folder = Path.GetDirectoryName(typeof(object).Assembly.Location);
            return Paths.Values.Where(path => Path.GetDirectoryName(path) == folder);
        }
    }

    /// <summary>The file of the assembly of that simple name; null when .NET brings none.</summary>
    public static string? Find(string name) => Paths.GetValueOrDefault(name);

    private static FrozenDictionary<string, string> FindPaths()
    {
        // The application's own libraries are on the list as well; they are not for scripts.
        var application = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(path => Path.GetDirectoryName(path) is { } folder && folder != application)
            .DistinctBy(Path.GetFileNameWithoutExtension, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase);
    }
}
