// xss-scan.csx - report URL parameters that come back unescaped in a page; sends nothing of its own
//
//     scriptproxy -q -s examples/scripts/xss-scan.csx

AddonContext context = null!;

void OnLoad(AddonContext loaded) => context = loaded;

async Task OnResponse(HttpFlow flow)
{
    if (flow.Response!.ContentType != "text/html") return;
    var suspects = SuspectsIn(flow.Request.Query).ToList();
    if (suspects.Count == 0) return;    // the page streams past

    var page = await flow.Response.ReadTextAsync(flow.Aborted);
    foreach (var (name, value) in suspects)
    {
        if (!page.Contains(value, StringComparison.Ordinal)) continue;
        flow.Tags.Add("reflected");
        context.LogWarning($"{flow.Request.Host}{flow.Request.Path}: parameter \"{name}\" comes back unescaped");
    }
}

// Only what would have been escaped tells something.
static IEnumerable<(string Name, string Value)> SuspectsIn(string query)
{
    foreach (var parameter in query.Split('&'))
    {
        var parts = parameter.Replace('+', ' ').Split('=', 2);
        if (parts.Length < 2) continue;
        var value = Uri.UnescapeDataString(parts[1]);
        if (value.AsSpan().IndexOfAny('<', '"', '\'') >= 0) yield return (Uri.UnescapeDataString(parts[0]), value);
    }
}
