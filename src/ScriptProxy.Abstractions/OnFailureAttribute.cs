namespace ScriptProxy;

/// <summary>
/// Says what the failure of a hook means for its traffic, whatever --on-addon-error says. On a function or method for that hook, on a class for
/// all of its hooks, on an assembly for all addons in it; the nearest one counts. Hooks that only observe never change traffic by failing.
/// </summary>
/// <param name="outcome">What happens.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class OnFailureAttribute(OnFailure outcome) : Attribute
{
    /// <summary>What happens.</summary>
    public OnFailure Outcome { get; } = outcome;
}
