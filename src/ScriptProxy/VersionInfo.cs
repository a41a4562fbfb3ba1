using System.Reflection;
using System.Runtime.InteropServices;

namespace ScriptProxy.Cli;

/// <summary>Which build this is and what it runs on.</summary>
internal static class VersionInfo
{
    private static readonly string Informational =
        typeof(VersionInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The version, such as 0.1.0.</summary>
    public static string Version { get; } = Informational.Split('+')[0];

    /// <summary>Version, revision, runtime and system, for bug reports.</summary>
    public static string Full { get; } =
        $"scriptproxy {Version}{Revision()} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})";

    private static string Revision()
    {
        var plus = Informational.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? "" : string.Concat(" ", Informational.AsSpan(plus + 1, Math.Min(9, Informational.Length - plus - 1)));
    }
}
