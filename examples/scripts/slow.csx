// slow.csx - report the flows that take long, and what took long about them
//
//     scriptproxy -q -s examples/scripts/slow.csx --set slow.threshold=0.2

record Options { [Option("From when on a flow is slow, in seconds.", Min = 0)] public TimeSpan Threshold { get; init; } = TimeSpan.FromSeconds(1); }
Options options = new();

AddonContext context = null!;

void OnLoad(AddonContext loaded) => context = loaded;

void OnCompleted(HttpFlow flow)
{
    var times = flow.Timings;
    if (times.Total is not { } total || total < options.Threshold) return;
    context.LogWarning($"{flow.Request.Method} {flow.Request.Host}{flow.Request.Path}: {Milliseconds(total)}, connected after {Milliseconds(times.Connected)}, first byte after {Milliseconds(times.FirstByte)}");
}

static string Milliseconds(TimeSpan? time) => time is { } known ? $"{known.TotalMilliseconds:0} ms" : "-";
