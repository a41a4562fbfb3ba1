namespace ScriptProxy;

/// <summary>
/// Lets only one of an addon's hooks run at a time, in the order in which they became due, so that fields need no locks. On a class for all of
/// its hooks; on functions or methods for those, which then take turns with each other. Waiting holds no thread. A flow whose client left stops
/// waiting; one that waits longer than the hook timeout fails as if the hook had timed out.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class SerialAttribute : Attribute;
