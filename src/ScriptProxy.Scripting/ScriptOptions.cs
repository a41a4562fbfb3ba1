using ScriptProxy.Engine;
using ScriptProxy.Scripting.Packages;
using ScriptProxy.Scripting.Settings;

namespace ScriptProxy.Scripting;

/// <summary>Which scripts to load and how.</summary>
public sealed record ScriptOptions
{
    /// <summary>The folder whose scripts are loaded when none is named; it may be missing.</summary>
    public const string DefaultAddonsDirectory = "addons";

    private const string CacheName = "scriptproxy";

    /// <summary>Script files (.csx or .cs) and plugins (.dll), in the order in which their hooks run.</summary>
    public string[] Scripts { get; init; } = [];

    /// <summary>
    /// A folder whose scripts, and plugins in folders NAME/NAME.dll, all load, by name, after <see cref="Scripts"/>; null for none. Names that start with
    /// "_" or "." are left alone.
    /// </summary>
    public string? AddonsDirectory { get; init; } = DefaultAddonsDirectory;

    /// <summary>The folder of the addons that ship with the proxy: each one loads, after all others, once an option of it is set. Null for none.</summary>
    public string? ShippedDirectory { get; init; }

    /// <summary>Names of addons in <see cref="ShippedDirectory"/> that never load.</summary>
    public string[] WithoutShipped { get; init; } = [];

    /// <summary>Whether shipped addons load although no option of theirs is set, to be looked at.</summary>
    internal bool LoadsInert { get; init; }

    /// <summary>Whether saved files go live at once.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>Whether scripts are compiled for a debugger: exact lines in stack traces, slower code.</summary>
    public bool Debug { get; init; }

    /// <summary>Options of addons as --set takes them, such as "mask.headers=X-Pin"; lists by repetition, "mask.enabled" alone turns a switch on.</summary>
    public string[] Set { get; init; } = [];

    /// <summary>Options of addons from all sources; null for those of <see cref="Set"/> alone.</summary>
    internal AddonSettings? Settings { get; init; }

    /// <summary>The file that some of <see cref="Settings"/> came from, to be watched; null for none.</summary>
    internal SettingsFile? SettingsFile { get; init; }

    /// <summary>Whether settings of addons that are not loaded are passed over: not all are meant to be.</summary>
    internal bool IgnoresOtherSections { get; init; }

    /// <summary>Where the SDK that builds single-file .cs addons with packages is looked for.</summary>
    internal Func<DotnetSdk?> FindSdk { get; init; } = DotnetSdk.Find;

    /// <summary>
    /// The folder that keeps compiled scripts for the next start; null to compile at every start. What lies in it is run as code: it is made
    /// with mode 0700, and not used when others could write to it. A leading ~/ is the home folder.
    /// </summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Where caches of this user go: below XDG_CACHE_HOME, else ~/.cache, on Windows below the local application data. Null when there is no home.</summary>
    public static string? DefaultCacheDirectory => CacheDirectoryOf(Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), Home());

    /// <summary>The XDG Base Directory Specification ignores a relative XDG_CACHE_HOME.</summary>
    internal static string? CacheDirectoryOf(string? cacheHome, string home)
    {
        if (Path.IsPathRooted(cacheHome)) return Path.Combine(cacheHome, CacheName);
        return Path.IsPathRooted(home) ? Path.Combine(home, OperatingSystem.IsWindows() ? "" : ".cache", CacheName) : null;
    }

    /// <summary><see cref="CacheDirectory"/> as an absolute path.</summary>
    internal string? FullCacheDirectory => CacheDirectory is null ? null
        : Path.GetFullPath(CacheDirectory.StartsWith("~/", StringComparison.Ordinal) ? Home() + CacheDirectory[1..] : CacheDirectory);

    private static string Home() => Environment.GetFolderPath(
        OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile,
        Environment.SpecialFolderOption.DoNotVerify);
}
