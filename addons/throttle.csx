// throttle.csx - slow links: bandwidth, latency, loss
//
//     scriptproxy --set throttle.rules='{filter: ~d api.example, download: 50k, latency: 0.3, loss: 2}'

using System.IO.Pipelines;

public sealed record ThrottleRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    [Option("Bytes per second towards the client; null for no limit.", Min = 1)]
    public long? Download { get; init; }

    [Option("Bytes per second towards the origin; null for no limit.", Min = 1)]
    public long? Upload { get; init; }

    [Option("Seconds before a request goes out.", Min = 0, Max = 3600)]
    public TimeSpan Latency { get; init; }

    [Option("Up to so many seconds more, at random.", Min = 0, Max = 3600)]
    public TimeSpan Jitter { get; init; }

    [Option("Percentage of requests that are cut off.", Min = 0, Max = 100)]
    public double Loss { get; init; }
}

public sealed record ThrottleOptions
{
    [Option("How slow which flows are; the first rule that matches counts. Bodies that are slowed down have no Content-Length.")]
    public ThrottleRule[] Rules { get; init; } = [];
}

[Priority(68)]
[HookTimeout(7260)]
public sealed class Throttle : Addon<ThrottleOptions>
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (await FindAsync(flow) is not { } rule) return;
        if (rule.Loss > 0 && Random.Shared.NextDouble() * 100 < rule.Loss)
        {
            flow.Tags.Add("lost");
            flow.Abort();
            return;
        }

        var delay = rule.Latency + rule.Jitter * Random.Shared.NextDouble();
        if (delay > TimeSpan.Zero) await Task.Delay(delay, flow.Aborted);
        if (rule.Upload is { } upload && flow.Request.HasBody) flow.Request.Transform((input, output, cancellation) => PaceAsync(input, output, upload, cancellation));
        flow.Metadata["throttle.rule"] = rule;
    }

    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        if (flow.Metadata.TryGetValue("throttle.rule", out var found) && found is ThrottleRule { Download: { } download } && flow.Response!.HasBody)
            flow.Response.Transform((input, output, cancellation) => PaceAsync(input, output, download, cancellation));
        return default;
    }

    private async ValueTask<ThrottleRule?> FindAsync(HttpFlow flow)
    {
        foreach (var rule in Options.Rules)
        {
            if (await rule.Filter.MatchesAsync(flow, flow.Aborted)) return rule;
        }

        return null;
    }

    // What may pass grows with time; what is held back holds back the sender.
    private static async Task PaceAsync(PipeReader input, PipeWriter output, long bytesPerSecond, CancellationToken cancellation)
    {
        var piece = Math.Max(1, (long)(bytesPerSecond * Tick.TotalSeconds));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var sent = 0L;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            while (!buffer.IsEmpty)
            {
                var part = buffer.Slice(0, Math.Min(piece, buffer.Length));
                foreach (var segment in part) output.Write(segment.Span);
                await output.FlushAsync(cancellation);
                buffer = buffer.Slice(part.End);
                sent += part.Length;
                var ahead = TimeSpan.FromSeconds((double)sent / bytesPerSecond) - System.Diagnostics.Stopwatch.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero) await Task.Delay(ahead, cancellation);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
