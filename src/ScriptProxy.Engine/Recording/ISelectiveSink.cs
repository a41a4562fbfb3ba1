namespace ScriptProxy.Engine.Recording;

/// <summary>A sink that takes the records of some flows only, and none of tunnels.</summary>
internal interface ISelectiveSink : IFlowSink
{
    /// <summary>Whether the flow's record is wanted. Asked once, when it has ended; never throws.</summary>
    bool Selects(HttpFlow flow);
}
