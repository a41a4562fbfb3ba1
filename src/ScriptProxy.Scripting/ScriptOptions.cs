namespace ScriptProxy.Scripting;

/// <summary>Which scripts to load and how.</summary>
public sealed record ScriptOptions
{
    /// <summary>The folder whose scripts are loaded when none is named; it may be missing.</summary>
    public const string DefaultAddonsDirectory = "addons";

    /// <summary>Script files (.csx or .cs), in the order in which their hooks run.</summary>
    public string[] Scripts { get; init; } = [];

    /// <summary>A folder whose scripts all load, by name, after <see cref="Scripts"/>; null for none. Files whose name starts with "_" or "." are left alone.</summary>
    public string? AddonsDirectory { get; init; } = DefaultAddonsDirectory;

    /// <summary>Whether saved files go live at once.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>Whether scripts are compiled for a debugger: exact lines in stack traces, slower code.</summary>
    public bool Debug { get; init; }
}
