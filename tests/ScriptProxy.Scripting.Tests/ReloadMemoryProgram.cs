using System.Net;
using System.Net.Sockets;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests;

/// <summary>What <see cref="ReloadMemoryTests"/> runs in a process of its own, where nothing but reloads uses memory: prints versions left in memory, memory at the start and at the end.</summary>
internal static class ReloadMemoryProgram
{
    public static async Task<int> Main(string[] args)
    {
        var reloads = int.Parse(args[0]);
        using var folder = new ScriptFolder();
        using var origin = new TcpListener(IPAddress.Loopback, 0);
        origin.Start();
        _ = AnswerAsync(origin);
        await using var run = await ScriptRun.StartAsync(folder.Write("mask.csx", Script(origin, 0)));
        await run.FlowAsync();
        await SettleAsync(run);
        var before = Environment.WorkingSet;

        for (var version = 1; version <= reloads; version++)
        {
            folder.Replace("mask.csx", Script(origin, version));
            await run.PollAsync();
            if (await run.FlowAsync() is var tags && tags != $"hello v{version}") throw new InvalidOperationException($"{tags}\n{string.Join('\n', run.Log.Lines)}");
        }

        await SettleAsync(run);
        Console.WriteLine($"{run.Generations.RetiredVersionsInMemory} {before} {Environment.WorkingSet}");
        return 0;
    }

    private static async Task SettleAsync(ScriptRun run)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            if (run.Generations.Retiring == 0 && run.Generations.RetiredVersionsInMemory == 0) return;
            await Task.Delay(50);
        }
    }

    /// <summary>Uses what scripts use, and disposes no more than scripts do.</summary>
    private static string Script(TcpListener origin, int version) => $$"""
        using System.Net.Http.Json;

        record Item(string Name, int Version);
        class Answer { [System.Text.Json.Serialization.JsonPropertyName("Greeting")] public string? Greeting { get; set; } }

        var pattern = new Regex(@"^v(?<number>\d+)$", RegexOptions.Compiled);
        var client = new HttpClient();
        Timer? timer;
        int ticks = 0;

        void OnLoad(AddonContext context)
        {
            timer = new Timer(_ => ticks++, null, 1, 1);
            context.Stopping.Register(() => timer.Dispose());
        }

        async Task OnRequest(HttpFlow flow)
        {
            var answer = await client.GetFromJsonAsync<Answer>("http://{{origin.LocalEndpoint}}/");
            flow.Tags.Add(answer!.Greeting!);
        }

        void OnResponse(HttpFlow flow)
        {
            var json = JsonSerializer.Serialize(new Item("v{{version}}", {{version}}), new JsonSerializerOptions { WriteIndented = true });
            var item = JsonSerializer.Deserialize<Item>(json)!;
            if (pattern.Match(item.Name).Groups["number"].Value == $"{item.Version}") flow.Tags.Add(item.Name);
        }
        """;

    private static async Task AnswerAsync(TcpListener origin)
    {
        while (true)
        {
            using var client = await origin.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
                // The request's head.
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{\"Greeting\":\"hello\"}"u8.ToArray());
        }
    }
}
