using System.Text.Json.Serialization;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Cli.Control;

/// <summary>One hook of an addon of a running proxy, counted since the proxy started and over all versions of the addon.</summary>
/// <param name="Name">OnRequest, OnResponse, …</param>
/// <param name="Calls">How often it was called.</param>
/// <param name="Errors">How many calls threw.</param>
/// <param name="Timeouts">How many calls took longer than they may.</param>
/// <param name="Skipped">How many calls were not made because it had failed too often.</param>
/// <param name="BusySeconds">How long calls held their threads, estimated from samples.</param>
/// <param name="IsStopped">Whether it is not called now because it failed too often.</param>
internal sealed record RunningHook(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("calls")] long Calls,
    [property: JsonPropertyName("errors")] long Errors,
    [property: JsonPropertyName("timeouts")] long Timeouts,
    [property: JsonPropertyName("skipped")] long Skipped,
    [property: JsonPropertyName("busySeconds")] double BusySeconds,
    [property: JsonPropertyName("stopped")] bool IsStopped)
{
    public static RunningHook Of(HookStatistics statistics, bool isStopped) => new(
        statistics.Hook, statistics.Calls, statistics.Errors, statistics.Timeouts, statistics.Skipped, Math.Round(statistics.Busy.TotalSeconds, 6), isStopped);

    /// <summary>"OnRequest (12 calls, 1 failed, 2 too slow, not called now)".</summary>
    public override string ToString()
    {
        var parts = new List<string> { Calls == 1 ? "1 call" : $"{Calls} calls" };
        if (Errors > 0) parts.Add($"{Errors} failed");
        if (Timeouts > 0) parts.Add($"{Timeouts} too slow");
        if (Skipped > 0) parts.Add($"{Skipped} left out");
        if (IsStopped) parts.Add("not called now");
        return $"{Name} ({string.Join(", ", parts)})";
    }
}
