// Saved again and again by the bench's reload scenario: forty lines of what scripts do.

record Rule(string Host, string Header, bool Keep);

const int Version = 0;
readonly Rule[] rules =
[
    new("api.example", "X-Internal", Keep: false),
    new("*", "Cookie", Keep: true),
];

var number = new Regex(@"\b\d{13,19}\b", RegexOptions.Compiled);
int seen = 0;

void OnLoad(AddonContext context) => context.Log($"version {Version}");

void OnRequest(HttpFlow flow)
{
    Interlocked.Increment(ref seen);
    foreach (var rule in rules)
    {
        if (rule.Host != "*" && rule.Host != flow.Request.Host) continue;
        if (rule.Keep) flow.Request.Headers.Redact(rule.Header);
        else flow.Request.Headers.Remove(rule.Header);
    }

    flow.Request.Headers["X-Seen"] = flow.Id;
}

async Task OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    response.Headers["X-Version"] = $"{Version}";
    if (response.ContentType != "application/json") return;

    var json = await response.ReadJsonAsync<JsonNode>(flow.Aborted);
    if (json is JsonObject item && item.Remove("secret")) response.SetJson(item);
    if (number.IsMatch(json?.ToJsonString() ?? "")) flow.Tags.Add("card number");
}
