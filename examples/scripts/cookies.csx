// cookies.csx - take cookies out of requests, and put others in
//
//     scriptproxy -s examples/scripts/cookies.csx --set cookies.set='{consent: all}'

record Options
{
    [Option("Names of cookies that no origin gets.")]
    public HashSet<string> Remove { get; init; } = ["_ga", "_gid", "_fbp"];

    [Option("Cookies that every origin gets, by name.", Secret = true)]
    public Dictionary<string, string> Set { get; init; } = [];
}

Options options = new();

void OnRequest(HttpFlow flow)
{
    var headers = flow.Request.Headers;
    var cookies = headers.GetAll("Cookie").SelectMany(line => line.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
    var removed = cookies.RemoveAll(cookie => cookie.Split('=', 2)[0] is var name && (options.Remove.Contains(name) || options.Set.ContainsKey(name)));
    if (removed == 0 && options.Set.Count == 0) return;    // left exactly as it came

    cookies.AddRange(options.Set.Select(cookie => $"{cookie.Key}={cookie.Value}"));
    headers["Cookie"] = cookies.Count == 0 ? null : string.Join("; ", cookies);
}
