using System.Globalization;
using System.Text;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Writes a record for people: one line per flow, and below it, when the record has them, the header lines. Whatever came over the
/// network is escaped, so a record cannot pass for two or act on the terminal. Not thread-safe.
/// </summary>
/// <param name="colours">Whether to use ANSI colours.</param>
/// <param name="zone">The zone of the times shown.</param>
internal sealed class FlowLine(bool colours, TimeZoneInfo zone)
{
    private const string Dim = "\u001b[2m";
    private const string Red = "\u001b[31m";
    private const string Green = "\u001b[32m";
    private const string Yellow = "\u001b[33m";
    private const string Cyan = "\u001b[36m";
    private const string Reset = "\u001b[0m";

    // Many flows share a second, and zones are slow to ask.
    private long _second;
    private string _time = "";

    /// <summary>Appends the line, its end included.</summary>
    public void Append(StringBuilder text, FlowRecord record)
    {
        Begin(text, Dim).Append(TimeOf(record)).Append(' ');
        Printable.Append(text, record.Client);
        End(text).Append(' ');
        Printable.Append(text, record.Method).Append(' ');
        Printable.Append(text, record.Url).Append(' ');

        Begin(text, ColourOf(record));
        if (record.StatusCode is { } status) text.Append(CultureInfo.InvariantCulture, $"{status}");
        else text.Append('-');
        End(text).Append(' ');

        AppendSize(text, record.ResponseBytes);
        text.Append(' ');
        AppendDuration(text, record.Duration);
        if (record.Error is { } error) AppendError(text, error);
        foreach (var tag in record.Tags) Printable.Append(text.Append(" ["), tag).Append(']');
        if (record.Tunnel is { } tunnel) AppendTunnel(text, tunnel, record.Url);
        text.Append('\n');

        if (record is { Upstream: { } upstream, RequestHeaders.Count: > 0 }) AppendUpstream(text, upstream);
        foreach (var header in record.RequestHeaders) AppendHeader(text, "  > ", header);
        foreach (var header in record.ResponseHeaders) AppendHeader(text, "  < ", header);
    }

    /// <summary>Appends a byte count as people read it: 0 B, 999 B, 1.2 KiB, 34 MiB.</summary>
    public static void AppendSize(StringBuilder text, long bytes)
    {
        if (bytes < 1000)
        {
            text.Append(CultureInfo.InvariantCulture, $"{bytes} B");
            return;
        }

        double size = bytes;
        var unit = -1;
        do
        {
            size /= 1024;
            unit++;
        }
        while (size >= 999.5 && unit < 4);
        text.Append(size.ToString(size < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture)).Append(' ').Append("KMGTP"[unit]).Append("iB");
    }

    /// <summary>Appends a duration as people read it: 0 ms, 34 ms, 1.2 s, 2 min 5 s.</summary>
    public static void AppendDuration(StringBuilder text, TimeSpan duration)
    {
        if (duration.TotalMilliseconds < 999.5) text.Append(CultureInfo.InvariantCulture, $"{Math.Round(duration.TotalMilliseconds)} ms");
        else if (duration.TotalSeconds < 59.95) text.Append(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s");
        else text.Append(CultureInfo.InvariantCulture, $"{Math.Floor(Math.Round(duration.TotalSeconds) / 60)} min {Math.Round(duration.TotalSeconds) % 60} s");
    }

    private string TimeOf(FlowRecord record)
    {
        var second = record.Started.UtcTicks / TimeSpan.TicksPerSecond;
        if (second != _second || _time.Length == 0)
        {
            _second = second;
            _time = TimeZoneInfo.ConvertTime(record.Started, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        }

        return _time;
    }

    private void AppendError(StringBuilder text, FlowError error)
    {
        Begin(text.Append(' '), Red);
        Printable.Append(text, error.Type).Append(": ");
        Printable.Append(text, error.Message);
        End(text);
    }

    private void AppendUpstream(StringBuilder text, string upstream)
    {
        Begin(text, Dim).Append("  ~ via ");
        Printable.Append(text, upstream);
        End(text).Append('\n');
    }

    /// <summary>What is known of what nobody has read: sni where it is not the destination's name, alpn, ja4, and its end where that was no orderly one.</summary>
    private static void AppendTunnel(StringBuilder text, TunnelRecord tunnel, string authority)
    {
        if (tunnel.ServerName is { } name && !(authority.StartsWith(name, StringComparison.Ordinal) && authority[name.Length] == ':')) Printable.Append(text.Append(" sni="), name);
        for (var i = 0; i < tunnel.ApplicationProtocols.Count; i++) Printable.Append(text.Append(i == 0 ? " alpn=" : ","), tunnel.ApplicationProtocols[i]);
        if (tunnel.Ja4 is { } ja4) text.Append(" ja4=").Append(ja4);
        if (tunnel.Outcome is not (TunnelOutcome.Ended or TunnelOutcome.Failed)) text.Append(" end=").Append(tunnel.Outcome switch
        {
            TunnelOutcome.ClientBroke => "client-broke",
            TunnelOutcome.ServerBroke => "server-broke",
            TunnelOutcome.Idle => "idle",
            TunnelOutcome.Cut => "cut",
            _ => "stopped",
        });
    }

    private void AppendHeader(StringBuilder text, string direction, KeyValuePair<string, string> header)
    {
        Begin(text, Dim).Append(direction);
        Printable.Append(text, header.Key).Append(": ");
        Printable.Append(text, header.Value);
        End(text).Append('\n');
    }

    private StringBuilder Begin(StringBuilder text, string colour) => colours ? text.Append(colour) : text;

    private StringBuilder End(StringBuilder text) => colours ? text.Append(Reset) : text;

    private static string ColourOf(FlowRecord record) => record switch
    {
        { StatusCode: null or >= 500 } => Red,
        { StatusCode: >= 400 } => Yellow,
        { StatusCode: >= 300 } => Cyan,
        _ => Green,
    };
}
