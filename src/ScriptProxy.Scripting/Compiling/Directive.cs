namespace ScriptProxy.Scripting.Compiling;

/// <summary>What the arguments of #load, #r and "#:" lines mean. Apart from the resolvers, which cannot be named without loading the compiler.</summary>
internal static class Directive
{
    private const string ContractPackage = "ScriptProxy.Abstractions";

    /// <summary>The absolute path of what a file names, relative to its own folder; null when that cannot be a path.</summary>
    public static string? FullPath(string path, string? namedBy, string directory) =>
        path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? null : Path.GetFullPath(path, Path.GetDirectoryName(namedBy) ?? directory);

    /// <summary>Whether a package is the one that is always there, and may be named for the sake of editors.</summary>
    public static bool IsContract(string package) => package.Trim().Equals(ContractPackage, StringComparison.OrdinalIgnoreCase);
}
