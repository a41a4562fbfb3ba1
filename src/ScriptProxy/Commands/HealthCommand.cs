using System.CommandLine;
using System.Net.Sockets;
using System.Text;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli.Commands;

/// <summary>
/// Asks the proxy running on this machine for its own page, or whether it is ready. For container health checks: it shows that connections are accepted and
/// requests answered, and needs no curl in the image.
/// </summary>
internal sealed class HealthCommand : Command, ICommandExamples
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _options = new();
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<string, string?> _environment;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy health", "scriptproxy health --listen unix:/run/scriptproxy.sock", "scriptproxy health --admin 127.0.0.1:8082"];

    public HealthCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("health", "Check that the proxy answers where the options have it listen, or is ready on --admin where that is set; exit code 0 when it does.")
    {
        _output = output;
        _error = error;
        _environment = environment;
        _options.AddTo(this, "--listen");
        _runOptions.AddTo(this, "--config", "--admin");
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _options), problems);
        if (!HealthTarget.TryFind(configuration, parsed, out var target, out var wrong)) problems.Add(wrong);
        if (problems.Count > 0)
        {
            foreach (var problem in problems) await _error.WriteLineAsync(problem);
            return ExitCode.Usage;
        }

        try
        {
            var statusLine = await AskAsync(target!);
            if (statusLine is null || statusLine.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                await _output.WriteLineAsync(statusLine is null ? $"{target} accepts connections." : $"{target} answers.");
                return ExitCode.Success;
            }

            await _error.WriteLineAsync($"{target} does not answer as the proxy would: {Engine.Recording.Printable.Escape(statusLine)}");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            await _error.WriteLineAsync($"{target} does not answer: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            await _error.WriteLineAsync($"{target} does not answer within {Timeout.TotalSeconds} s.");
        }

        return ExitCode.Failure;
    }

    /// <returns>The first line of the answer; null where connecting is all there is to try.</returns>
    private static async Task<string?> AskAsync(HealthTarget target)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, target.EndPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await socket.ConnectAsync(target.EndPoint, timeout.Token);
        if (target.Path is null) return null;
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target.Path} HTTP/1.1\r\nHost: {target.Host}\r\nConnection: close\r\n\r\n"), timeout.Token);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadLineAsync(timeout.Token) ?? "";
    }
}
