namespace ScriptProxy.Engine.Recording;

/// <summary>Hands a redacted record of every ended flow to every sink that wants it. Thread-safe.</summary>
internal sealed class FlowRecorder(Redaction redaction, IReadOnlyList<IFlowSink> sinks)
{
    private readonly bool _withHeaders = sinks.Any(sink => sink.WantsHeaders);
    private readonly bool _withBodies = sinks.Any(sink => sink.WantsBodies);

    /// <summary>Whether anyone wants records; making one costs time.</summary>
    public bool IsActive => sinks.Count > 0;

    /// <summary>A text about a flow as the log may show it.</summary>
    public string Message(HttpFlow flow, string text) => redaction.Message(flow, text);

    /// <summary>Records a flow that has ended.</summary>
    public void Record(HttpFlow flow)
    {
        FlowRecord? record = null;
        foreach (var sink in sinks)
        {
            if (sink is ISelectiveSink selective && !selective.Selects(flow)) continue;
            sink.Record(record ??= redaction.ToRecord(flow, _withHeaders, _withBodies));
        }
    }

    /// <summary>Hands on a record that was made elsewhere, such as a tunnel's.</summary>
    public void Record(FlowRecord record)
    {
        foreach (var sink in sinks)
        {
            if (sink is not ISelectiveSink) sink.Record(record);
        }
    }
}
