namespace ScriptProxy.Engine.Flows;

/// <summary>What an addon that reads a body is told when its sender fails: an <see cref="IOException"/>, as documented, that still carries the flow's error.</summary>
internal sealed class BrokenBodyException(FlowException cause) : IOException(cause.Message, cause)
{
    public FlowError Error => cause.Error;
}
