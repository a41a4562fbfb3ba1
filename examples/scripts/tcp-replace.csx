// tcp-replace.csx - change bytes of tunnels to some ports, whatever protocol they speak
//
//     scriptproxy -s examples/scripts/tcp-replace.csx --set tcp-replace.ports=5432 --set tcp-replace.search=foo --set tcp-replace.replacement=bar

record Options
{
    [Option("Ports whose tunnels are changed; they are not intercepted.")]
    public HashSet<int> Ports { get; init; } = [];

    [Option("What is looked for, in ASCII.")]
    public string Search { get; init; } = "";

    [Option("What stands there instead.")]
    public string Replacement { get; init; } = "";
}

Options options = new();

void OnConnect(ConnectFlow connect)
{
    if (options.Ports.Contains(connect.Port)) connect.Tunnel();
}

// In pieces as they came: what is spread over two of them is not found.
void OnTcpData(TcpData data)
{
    if (options.Search.Length == 0 || !options.Ports.Contains(data.Tunnel.Port)) return;
    var text = Encoding.Latin1.GetString(data.Bytes.Span);    // every byte is one character and back
    if (text.Contains(options.Search, StringComparison.Ordinal)) data.Bytes = Encoding.Latin1.GetBytes(text.Replace(options.Search, options.Replacement));
}
