using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Cli.Admin;

/// <summary>The text of /metrics (Prometheus' text format 0.0.4): connections, flows, addons, and the meter "ScriptProxy".</summary>
/// <param name="server">The proxy.</param>
/// <param name="flows">What its flows come to.</param>
internal sealed class MetricsText(ProxyServer server, FlowTotals flows)
{
    /// <summary>Writes all metrics as they are now.</summary>
    public string Write()
    {
        var text = new PrometheusWriter();
        text.Family("scriptproxy_info", "gauge", "The version that runs.").Sample("", 1, ("version", VersionInfo.Version));
        text.Family("scriptproxy_connections", "gauge", "Client connections that are open.").Sample("", server.ConnectionCount);
        text.Family("scriptproxy_connections_accepted_total", "counter", "Client connections accepted.").Sample("", server.AcceptedCount);
        text.Family("scriptproxy_generation", "gauge", "Number of the live set of addons.").Sample("", server.Generations.Current.Number);
        text.Family("scriptproxy_addons", "gauge", "Addons that are live.").Sample("", server.Generations.Current.Addons.Count);
        WriteFlows(text);
        WriteMeter(text);
        WriteProcess(text);
        return text.ToString();
    }

    private void WriteFlows(PrometheusWriter text)
    {
        text.Family("scriptproxy_exchanges_total", "counter", "Exchanges that ended, by class of the status sent to the client; none: without an answer.");
        for (var statusClass = 1; statusClass <= 5; statusClass++) text.Sample("", flows.Exchanges(statusClass), ("status", $"{statusClass}xx"));
        text.Sample("", flows.Exchanges(0), ("status", "none"));
        text.Family("scriptproxy_tunnels_total", "counter", "Tunnels that ended.").Sample("", flows.Tunnels);
        text.Family("scriptproxy_errors_total", "counter", "Flows that failed, by kind (RFC 9209).");
        foreach (var (type, count) in flows.Errors) text.Sample("", count, ("type", type));
        text.Family("scriptproxy_request_bytes_total", "counter", "Bytes of bodies, and of tunnels, received from clients.").Sample("", flows.RequestBytes);
        text.Family("scriptproxy_response_bytes_total", "counter", "Bytes of bodies, and of tunnels, sent to clients.").Sample("", flows.ResponseBytes);

        text.Family("scriptproxy_exchange_duration_seconds", "histogram", "From the head of a request to the last byte of its response.");
        var below = 0L;
        for (var i = 0; i < FlowTotals.Bounds.Length; i++)
        {
            below += flows.Exchanges((Index)i);
            text.Sample("_bucket", below, ("le", FlowTotals.Bounds[i].ToString(CultureInfo.InvariantCulture)));
        }

        below += flows.Exchanges(^1);
        text.Sample("_bucket", below, ("le", "+Inf"));
        text.Sample("_sum", flows.Duration.TotalSeconds);
        text.Sample("_count", below);
    }

    /// <summary>What addons and others measure.</summary>
    private static void WriteMeter(PrometheusWriter text)
    {
        var families = new SortedDictionary<string, (Instrument Instrument, List<(double Value, (string, string)[] Labels)> Samples)>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listening) =>
            {
                if (instrument.Meter.Name == AddonMetrics.MeterName) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        foreach (var (name, (instrument, samples)) in families)
        {
            text.Family(name, instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter" : "gauge", instrument.Description ?? "");
            foreach (var (value, labels) in samples) text.Sample("", value, labels);
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!families.TryGetValue(NameOf(instrument), out var family)) families[NameOf(instrument)] = family = (instrument, []);
            var labels = new (string, string)[tags.Length];
            for (var i = 0; i < tags.Length; i++) labels[i] = (tags[i].Key, tags[i].Value?.ToString() ?? "");
            family.Samples.Add((value, labels));
        }
    }

    private static string NameOf(Instrument instrument)
    {
        var name = new StringBuilder(instrument.Name.Replace('.', '_').Replace('-', '_'));
        if (instrument.Unit == "s") name.Append("_seconds");
        if (instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal)) name.Append("_total");
        return name.ToString();
    }

    private static void WriteProcess(PrometheusWriter text)
    {
        using var process = Process.GetCurrentProcess();
        text.Family("process_cpu_seconds_total", "counter", "Processor time used.").Sample("", process.TotalProcessorTime.TotalSeconds);
        text.Family("process_resident_memory_bytes", "gauge", "Memory in use.").Sample("", process.WorkingSet64);
        text.Family("process_start_time_seconds", "gauge", "When the process started, since 1970.").Sample("", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d);
        text.Family("dotnet_gc_heap_bytes", "gauge", "Memory that .NET's objects occupy.").Sample("", GC.GetTotalMemory(forceFullCollection: false));
        text.Family("dotnet_thread_pool_threads", "gauge", "Threads of the pool.").Sample("", ThreadPool.ThreadCount);
    }
}
