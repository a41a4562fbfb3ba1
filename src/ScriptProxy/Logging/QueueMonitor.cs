using Serilog.Sinks.Async;

namespace ScriptProxy.Cli.Logging;

/// <summary>Knows how many messages did not fit into a log's queue.</summary>
internal sealed class QueueMonitor : IAsyncLogEventSinkMonitor
{
    private IAsyncLogEventSinkInspector? _queue;

    /// <summary>How many were dropped since the start.</summary>
    public long Dropped { get; private set; }

    public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    public void StopMonitoring(IAsyncLogEventSinkInspector inspector) => Dropped = _queue?.DroppedMessagesCount ?? 0;
}
