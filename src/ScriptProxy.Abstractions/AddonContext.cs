namespace ScriptProxy;

/// <summary>What an addon is given when it loads. Lives as long as this version of the addon; safe to use from any thread.</summary>
public abstract class AddonContext
{
    internal AddonContext()
    {
    }

    /// <summary>The addon's name as logs show it.</summary>
    public abstract string Name { get; }

    /// <summary>Values that survive reloads of this addon.</summary>
    public abstract AddonState State { get; }

    /// <summary>Cancelled when this version is being retired, before <see cref="Addon.OnUnloadAsync"/>. Background work must end on it.</summary>
    public abstract CancellationToken Stopping { get; }

    /// <summary>Writes an informational line to the proxy's log under the addon's name. Control characters are escaped.</summary>
    public abstract void Log(string message);

    /// <summary>Writes a warning to the proxy's log under the addon's name. Control characters are escaped.</summary>
    public abstract void LogWarning(string message);
}
