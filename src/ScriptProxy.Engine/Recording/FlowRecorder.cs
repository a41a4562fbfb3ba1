namespace ScriptProxy.Engine.Recording;

/// <summary>Hands a redacted record of every ended flow to every sink. Thread-safe.</summary>
internal sealed class FlowRecorder(Redaction redaction, IReadOnlyList<IFlowSink> sinks)
{
    private readonly bool _withHeaders = sinks.Any(sink => sink.WantsHeaders);

    /// <summary>Whether anyone wants records; making one costs time.</summary>
    public bool IsActive => sinks.Count > 0;

    public void Record(HttpFlow flow)
    {
        var record = redaction.ToRecord(flow, _withHeaders);
        foreach (var sink in sinks) sink.Record(record);
    }

    /// <summary>Hands on a record that was made elsewhere, such as a tunnel's.</summary>
    public void Record(FlowRecord record)
    {
        foreach (var sink in sinks) sink.Record(record);
    }
}
