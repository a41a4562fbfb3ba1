// websocket-replace.csx - replace words in the messages of WebSockets, in both directions
//
//     scriptproxy -s examples/scripts/websocket-replace.csx --set websocket-replace.words='{cloud: butt}'

record Options { [Option("What stands in a word's place, by word.")] public Dictionary<string, string> Words { get; init; } = []; }
Options options = new();

void OnWebSocketMessage(WebSocketMessage message)
{
    if (!message.IsText) return;

    var text = message.Text;
    foreach (var (word, replacement) in options.Words) text = text.Replace(word, replacement);
    if (text != message.Text) message.Text = text;    // others leave in the frames they came in
}
