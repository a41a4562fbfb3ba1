// tag.csx - mark the flows that meet a condition, so that they stand out in the output
//
//     scriptproxy -s examples/scripts/tag.csx --set tag.rules='{tag: checkout, url: /cart/}'

record Rule(string Tag, string? Method = null, Regex? Url = null, int MinStatus = 0)
{
    public bool Fits(HttpFlow flow) =>
        (Method is null || Method == flow.Request.Method)
        && (Url is null || Url.IsMatch(flow.Request.Url))
        && flow.Response!.StatusCode >= MinStatus;
}

record Options
{
    [Option("A flow gets the tag of every rule all of whose conditions it meets.")]
    public IReadOnlyList<Rule> Rules { get; init; } = [new("upload", Method: "POST"), new("broken", MinStatus: 500)];
}

Options options = new();

void OnResponse(HttpFlow flow)
{
    foreach (var rule in options.Rules)
    {
        if (rule.Fits(flow)) flow.Tags.Add(rule.Tag);
    }
}
