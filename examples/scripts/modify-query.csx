// modify-query.csx - set and remove URL parameters
//
//     scriptproxy -s examples/scripts/modify-query.csx --set modify-query.set='{lang: en}' --set modify-query.remove=debug

record Options
{
    [Option("Parameters that every URL has, by name.")]
    public Dictionary<string, string> Set { get; init; } = [];

    [Option("Names of parameters that no URL has.")]
    public string[] Remove { get; init; } = ["utm_source", "utm_medium", "utm_campaign", "fbclid", "gclid"];
}

Options options = new();

void OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    if (request.Target == "*") return;    // OPTIONS * has no URL

    var parameters = request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries).ToList();
    var removed = parameters.RemoveAll(parameter => options.Remove.Contains(NameOf(parameter)) || options.Set.ContainsKey(NameOf(parameter)));
    if (removed == 0 && options.Set.Count == 0) return;    // left exactly as it came

    foreach (var (name, value) in options.Set) parameters.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
    request.Target = parameters.Count == 0 ? request.Path : $"{request.Path}?{string.Join('&', parameters)}";
}

static string NameOf(string parameter) => Uri.UnescapeDataString(parameter.Split('=', 2)[0]);
