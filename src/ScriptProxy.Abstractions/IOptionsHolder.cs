namespace ScriptProxy;

/// <summary>An addon whose options the host fills in.</summary>
internal interface IOptionsHolder
{
    /// <summary>The record, filled in place.</summary>
    object Options { get; }
}
