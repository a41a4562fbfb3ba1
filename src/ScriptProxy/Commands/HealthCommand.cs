using System.CommandLine;
using System.Net;
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

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy health", "scriptproxy health --admin 127.0.0.1:8082"];

    public HealthCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("health", "Check that the proxy on --listen answers, or is ready on --admin where that is set; exit code 0 when it does.")
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
        var (option, address) = configuration.Run.Admin is { } admin ? ("--admin", admin) : ("--listen", configuration.Proxy.Listen);
        if (!ProxyOptionsValidator.TryParseEndPoint(address, out var endPoint) || endPoint.Port == 0)
            problems.Add($"{option} \"{Engine.Recording.Printable.Escape(address)}\": expected the address the proxy listens on, such as 127.0.0.1:8080.");
        if (problems.Count > 0)
        {
            foreach (var problem in problems) await _error.WriteLineAsync(problem);
            return ExitCode.Usage;
        }

        if (endPoint.Address.Equals(IPAddress.Any)) endPoint.Address = IPAddress.Loopback;
        if (endPoint.Address.Equals(IPAddress.IPv6Any)) endPoint.Address = IPAddress.IPv6Loopback;
        try
        {
            var statusLine = await AskAsync(endPoint, option == "--admin" ? "/readyz" : "/");
            if (statusLine.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                await _output.WriteLineAsync($"{endPoint} answers.");
                return ExitCode.Success;
            }

            await _error.WriteLineAsync($"{endPoint} does not answer as the proxy would: {Engine.Recording.Printable.Escape(statusLine)}");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            await _error.WriteLineAsync($"{endPoint} does not answer: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            await _error.WriteLineAsync($"{endPoint} does not answer within {Timeout.TotalSeconds} s.");
        }

        return ExitCode.Failure;
    }

    private static async Task<string> AskAsync(IPEndPoint endPoint, string path)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, timeout.Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {endPoint}\r\nConnection: close\r\n\r\n"), timeout.Token);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadLineAsync(timeout.Token) ?? "";
    }
}
