// delay.csx - make every site answer later, to see how a client bears it
//
//     scriptproxy -s examples/scripts/delay.csx --set delay.latency=1.5

record Options
{
    [Option("How much later, in seconds.", Min = 0, Max = 20)]
    public TimeSpan Latency { get; init; } = TimeSpan.FromSeconds(0.5);
}

Options options = new();

// Waiting costs no thread: other flows go on, and a client that leaves ends the wait.
async Task OnRequest(HttpFlow flow) => await Task.Delay(options.Latency, flow.Aborted);
