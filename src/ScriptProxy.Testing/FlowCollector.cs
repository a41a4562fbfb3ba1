using System.Collections.Concurrent;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Testing;

/// <summary>Keeps the records of all flows.</summary>
internal sealed class FlowCollector : IFlowSink
{
    private readonly ConcurrentQueue<FlowRecord> _records = new();

    public bool WantsHeaders => true;

    public bool WantsBodies => true;

    public IReadOnlyList<FlowRecord> Records => [.. _records];

    public void Record(FlowRecord record) => _records.Enqueue(record);
}
