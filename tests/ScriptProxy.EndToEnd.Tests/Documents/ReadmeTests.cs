using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Documents;

public sealed partial class ReadmeTests(CleanCopy copy) : IClassFixture<CleanCopy>
{
    private const string StepMark = "=== step ";

    private static readonly MarkdownFile Readme = new("README.md");

    [Fact]
    public async Task Tour_GoesAsItSays()
    {
        var (proxyPort, serverPort) = (CleanCopy.FreePort(), CleanCopy.FreePort());
        var steps = Steps(proxyPort, serverPort);

        var run = await copy.RunAsync(Script(steps), $"127.0.0.1:{proxyPort}");

        var output = run.Succeeded().Output.Split(StepMark)[1..];
        Assert.Equal(steps.Count, output.Length);
        for (var i = 0; i < steps.Count; i++) Assert.Equal(Timeless(steps[i].Output), Timeless(output[i][(output[i].IndexOf('\n', StringComparison.Ordinal) + 1)..]));
        await UntilFreeAsync(proxyPort);
        await UntilFreeAsync(serverPort);
    }

    [Fact]
    public async Task RunCommand_Listens()
    {
        var command = Readme.Text.Split('\n').Single(line => line.StartsWith("    dotnet run ", StringComparison.Ordinal)).Trim();

        var run = await copy.RunAsync($"{command} > run.log 2>&1 & until grep 'Scripts: ' run.log; do kill -0 $! || {{ cat run.log; exit 1; }}; sleep 0.5; done; kill $!; wait $!; cat run.log", "127.0.0.1:0");

        Assert.Contains("Scripts: mask.csx", run.Succeeded().Output, StringComparison.Ordinal);
    }

    /// <summary>The commands of the tour, each with what it says they print; on ports that are free here.</summary>
    private static List<(string Commands, string Output)> Steps(int proxyPort, int serverPort)
    {
        var steps = new List<(string Commands, string Output)>();
        foreach (var block in Readme.Blocks("A tour of 60 seconds"))
        {
            var text = block.Text
                .Replace("8080", proxyPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("8000", serverPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            if (block.Language == "sh") steps.Add((text, ""));
            else steps[^1] = (steps[^1].Commands, text);
        }

        Assert.NotEmpty(steps);
        return steps;
    }

    /// <summary>One session, in which nothing goes wrong unnoticed and nothing is left running.</summary>
    private static string Script(List<(string Commands, string Output)> steps)
    {
        var script = new StringBuilder("set -eu\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n");
        for (var i = 0; i < steps.Count; i++) script.Append(CultureInfo.InvariantCulture, $"echo '{StepMark}{i}'\n{steps[i].Commands}");
        return script.ToString();
    }

    private static string Timeless(string text) => Duration().Replace(ClientPort().Replace(Time().Replace(text, "00:00:00"), "$1:0 GET"), "0 ms");

    private static Task UntilFreeAsync(int port) => Eventually.TrueAsync(
        () =>
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", port);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        () => $"Something still listens on {port} after the tour.");

    [GeneratedRegex(@"\b\d\d:\d\d:\d\d\b")]
    private static partial Regex Time();

    [GeneratedRegex(@"(127\.0\.0\.1):\d+ GET")]
    private static partial Regex ClientPort();

    [GeneratedRegex(@"\b[\d.]+ m?s$", RegexOptions.Multiline)]
    private static partial Regex Duration();
}
