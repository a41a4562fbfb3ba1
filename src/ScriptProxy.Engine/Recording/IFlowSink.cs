namespace ScriptProxy.Engine.Recording;

/// <summary>Somewhere that flow records go. Called from many threads, once per ended flow; must return quickly and never throw.</summary>
public interface IFlowSink
{
    /// <summary>Whether <see cref="FlowRecord.RequestHeaders"/> and <see cref="FlowRecord.ResponseHeaders"/> are wanted; they cost time.</summary>
    bool WantsHeaders { get; }

    /// <summary>Whether <see cref="FlowRecord.RequestBody"/> and <see cref="FlowRecord.ResponseBody"/> are wanted; redacting them costs time.</summary>
    bool WantsBodies => false;

    /// <summary>Takes one record.</summary>
    void Record(FlowRecord record);
}
