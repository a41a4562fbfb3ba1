// log.csx - a log line of one's own, and a count that survives reloads
//
//     scriptproxy -q -s examples/scripts/log.csx

using System.Collections.Concurrent;

AddonContext log = null!;
ConcurrentDictionary<string, int> perHost = null!;

void OnLoad(AddonContext context)
{
    log = context;
    perHost = context.State.GetOrAdd("per host", () => new ConcurrentDictionary<string, int>());
}

// Exactly once per flow, whatever became of it; sizes and times are final here. The query stays out: it may hold secrets.
void OnCompleted(HttpFlow flow)
{
    var request = flow.Request;
    var count = perHost.AddOrUpdate(request.Host, 1, (_, before) => before + 1);
    var outcome = flow.Error?.Message ?? $"{flow.Response?.StatusCode}";
    log.Log($"{request.Method} {request.Host}{request.Path} -> {outcome}, {flow.Timings.ResponseBytes} bytes in {flow.Timings.Total?.TotalMilliseconds:0} ms, #{count} for this host");
}
