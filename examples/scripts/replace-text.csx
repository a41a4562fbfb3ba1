// replace-text.csx - replace words in pages while they pass
//
//     scriptproxy -s examples/scripts/replace-text.csx --set replace-text.words='{cloud: butt}'

record Options { [Option("What stands in a word's place, by word.")] public Dictionary<string, string> Words { get; init; } = []; }
Options options = new();

void OnResponse(HttpFlow flow)
{
    if (flow.Response!.ContentType is not ("text/html" or "text/plain")) return;
    foreach (var (word, replacement) in options.Words) flow.Response.ReplaceText(word, replacement);
}
