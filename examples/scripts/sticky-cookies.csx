// sticky-cookies.csx - remember the cookies of each host, for clients that keep none
//
//     scriptproxy -s examples/scripts/sticky-cookies.csx
//
// By host alone: Domain, Path and Expires are not looked at, and every client shares the same session.

using System.Collections.Concurrent;

ConcurrentDictionary<string, ConcurrentDictionary<string, string>> jars = null!;

void OnLoad(AddonContext context) => jars = context.State.GetOrAdd("jars", () => new ConcurrentDictionary<string, ConcurrentDictionary<string, string>>());

void OnRequest(HttpFlow flow)
{
    if (flow.Request.Headers.Contains("Cookie") || !jars.TryGetValue(flow.Request.Host, out var jar) || jar.IsEmpty) return;
    flow.Request.Headers["Cookie"] = string.Join("; ", jar.Select(cookie => $"{cookie.Key}={cookie.Value}"));
}

void OnResponse(HttpFlow flow)
{
    foreach (var line in flow.Response!.Headers.GetAll("Set-Cookie"))
    {
        var cookie = line.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
        if (cookie.Length != 2) continue;

        var jar = jars.GetOrAdd(flow.Request.Host, _ => new());
        if (line.Contains("Max-Age=0", StringComparison.OrdinalIgnoreCase)) jar.TryRemove(cookie[0], out _);
        else jar[cookie[0]] = cookie[1];
    }
}
