namespace ScriptProxy;

/// <summary>
/// Moves hooks forward or back: those of higher priority run first, and among equals the order of the addons counts. Without it the priority
/// is 0. On a function or method for that hook, on a class for all of its hooks, on an assembly for all addons in it; the nearest one counts.
/// </summary>
/// <param name="value">Higher runs earlier; may be negative.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class PriorityAttribute(int value) : Attribute
{
    /// <summary>Higher runs earlier; may be negative.</summary>
    public int Value { get; } = value;
}
