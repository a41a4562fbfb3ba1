using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Logging;

/// <summary>Writes a JSON line per flow to the log file, by way of its queue; when that is full, records are dropped.</summary>
/// <param name="log">The log file.</param>
/// <param name="withHeaders">Whether header fields are written too.</param>
internal sealed class LogFileFlowSink(Serilog.ILogger log, bool withHeaders) : IFlowSink
{
    private readonly Serilog.ILogger _log = log.ForContext("SourceContext", "Flow");

    /// <inheritdoc/>
    public bool WantsHeaders => withHeaders;

    /// <inheritdoc/>
    public void Record(FlowRecord record)
    {
        var log = _log
            .ForContext("FlowId", record.Id)
            .ForContext("Started", record.Started)
            .ForContext("Protocol", record.Protocol)
            .ForContext("RequestBytes", record.RequestBytes);
        if (record.Tags.Count > 0) log = log.ForContext("Tags", record.Tags);
        if (record.Error is { } error) log = log.ForContext("ErrorType", error.Type).ForContext("ErrorMessage", error.Message);
        if (withHeaders) log = log.ForContext("RequestHeaders", Lines(record.RequestHeaders)).ForContext("ResponseHeaders", Lines(record.ResponseHeaders));
        log.Information(
            "{Client} {Method} {Url} {Status} {ResponseBytes} bytes in {Milliseconds} ms",
            record.Client, record.Method, record.Url, record.StatusCode, record.ResponseBytes, Math.Round(record.Duration.TotalMilliseconds, 1));
    }

    private static string[] Lines(IReadOnlyList<KeyValuePair<string, string>> headers) => [.. headers.Select(header => $"{header.Key}: {header.Value}")];
}
