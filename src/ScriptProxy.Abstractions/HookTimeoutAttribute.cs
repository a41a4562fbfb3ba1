namespace ScriptProxy;

/// <summary>
/// How long a hook may take, instead of --hook-timeout. On a function or method for that hook, on a class for all of its hooks, on an assembly
/// for all addons in it; the nearest one counts.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class HookTimeoutAttribute : Attribute
{
    private const double MostSeconds = 86_400;

    /// <param name="seconds">More than 0, at most a day.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public HookTimeoutAttribute(double seconds)
    {
        if (seconds is not (> 0 and <= MostSeconds)) throw new ArgumentOutOfRangeException(nameof(seconds), seconds, $"A hook timeout is more than 0 and at most {MostSeconds} seconds.");
        Seconds = seconds;
    }

    /// <summary>How long.</summary>
    public double Seconds { get; }
}
