using ScriptProxy.Engine;

namespace ScriptProxy.Testing;

/// <summary>What an <see cref="AddonHost"/> loads, and how it treats it. Hooks run in the order: addons, script files, script.</summary>
public sealed record AddonHostOptions
{
    /// <summary>Addons made by the test.</summary>
    public IReadOnlyList<Addon> Addons { get; init; } = [];

    /// <summary>Script files (.csx or .cs) and compiled plugins (.dll), relative to the current directory or absolute.</summary>
    public IReadOnlyList<string> ScriptFiles { get; init; } = [];

    /// <summary>The text of a script; null for none. Logs call it script.csx.</summary>
    public string? Script { get; init; }

    /// <summary>Options of the scripts, as --set takes them: "mask.headers=X-Pin", several times for a list. That of <see cref="Script"/> is called "script".</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>How long a hook may take; as in the proxy when left out.</summary>
    public TimeSpan HookTimeout { get; init; } = new ProxyOptions().HookTimeout;

    /// <summary>What a failing hook does; as in the proxy when left out.</summary>
    public AddonErrorPolicy OnAddonError { get; init; } = AddonErrorPolicy.Fail;
}
