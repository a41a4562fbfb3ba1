using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using ScriptProxy.Cli.Control;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>Shows what a running proxy has loaded: order, names, files, generations, hooks, options and where they come from, keys of state.</summary>
internal sealed class AddonsCommand : Command, ICommandExamples
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<string, string?> _environment;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy addons", "scriptproxy addons --listen 127.0.0.1:9090 --json"];

    public AddonsCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("addons", "Show what the proxy that is running has loaded, with options and where they come from.")
    {
        _output = output;
        _error = error;
        _environment = environment;
        Add(_json);
        _proxyOptions.AddTo(this, "--listen", "--ca-dir");
        _runOptions.AddTo(this, "--config");
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _proxyOptions), problems);
        if (problems.Count > 0 || Folder(configuration.Proxy, problems) is not { } folder) return await RefuseAsync(problems, ExitCode.Usage);
        if (await FindAsync(configuration, folder, problems, cancellationToken) is not { } port) return await RefuseAsync(problems, ExitCode.Failure);
        try
        {
            var answer = await ControlClient.AskAsync(ControlPath.Of(folder, port), RunningAddons.Command, cancellationToken);
            if (answer.TryGetProperty("error", out var error)) return await RefuseAsync([Printable.Escape(error.GetString() ?? "")], ExitCode.Failure);
            await WriteAsync(answer, parsed.GetValue(_json));
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is SocketException or IOException or JsonException)
        {
            return await RefuseAsync([$"The proxy on port {port} does not answer: {Printable.Escape(exception.Message)}"], ExitCode.Failure);
        }
        catch (OperationCanceledException)
        {
            return await RefuseAsync([$"The proxy on port {port} does not answer in time."], ExitCode.Failure);
        }
    }

    private static string? Folder(ProxyOptions options, List<string> problems)
    {
        try
        {
            return Path.GetFullPath(RootCertificateFiles.ExpandHome(options.CaDir));
        }
        catch (RootCertificateException exception)
        {
            problems.Add(exception.Message);
            return null;
        }
    }

    /// <summary>The proxy on the port that was asked for, else the only one.</summary>
    private async Task<int?> FindAsync(Configuration configuration, string folder, List<string> problems, CancellationToken cancellationToken)
    {
        var running = await ControlClient.FindAsync(folder, cancellationToken);
        var isNamed = configuration.Sources.Find(_proxyOptions.Descriptors.Single(option => option.Flag == "--listen")) is not null;
        if (isNamed && ProxyOptionsValidator.TryParseEndPoint(configuration.Proxy.Listen, out var endPoint) && endPoint.Port != 0)
        {
            if (running.Contains(endPoint.Port)) return endPoint.Port;
            problems.Add($"No proxy of this user listens on port {endPoint.Port} with the certificate folder {configuration.Proxy.CaDir}.{Others(running)}");
            return null;
        }

        if (running is [var only]) return only;
        problems.Add(running.Count == 0
            ? $"No proxy of this user is running with the certificate folder {configuration.Proxy.CaDir}. Name another with --ca-dir."
            : $"Several proxies are running. Name one with --listen:{Others(running)}");
        return null;
    }

    private static string Others(IReadOnlyList<int> running) => running.Count == 0 ? "" : $" Running: {string.Join(", ", running.Select(port => $":{port}"))}.";

    private async Task WriteAsync(JsonElement answer, bool json)
    {
        if (json)
        {
            await _output.WriteLineAsync(JsonSerializer.Serialize(answer, Indented));
            return;
        }

        var running = answer.Deserialize<RunningAddons>()!;
        await _output.WriteLineAsync(
            $"{Shown(running.Listen)} (process {running.ProcessId}, version {Shown(running.Version)}): {(running.Addons.Count == 0 ? "no addons" : $"generation {running.Generation}")}");
        for (var i = 0; i < running.Addons.Count; i++)
        {
            var addon = running.Addons[i];
            await _output.WriteLineAsync($"{i + 1}. {Shown(addon.Name)} (since generation {addon.Generation}): {Shown(addon.File)}");
            await _output.WriteLineAsync($"   hooks: {(addon.Hooks.Count == 0 ? "none" : Shown(string.Join(", ", addon.Hooks)))}");
            foreach (var option in addon.Options) await _output.WriteLineAsync($"   option {Shown(option.Name)}: {Shown(option.Value)} ({Shown(option.Source ?? "default")})");
            if (addon.State.Count > 0) await _output.WriteLineAsync($"   state: {Shown(string.Join(", ", addon.State))}");
        }

        await WriteOrderAsync(running);
    }

    private async Task WriteOrderAsync(RunningAddons running)
    {
        // Only where priorities make it another one than that of the list.
        var listed = running.Addons.Select(addon => addon.Name).ToList();
        foreach (var (hook, names) in running.Order)
        {
            if (names.Select(name => listed.IndexOf(name)).SequenceEqual(names.Select(name => listed.IndexOf(name)).Order())) continue;
            await _output.WriteLineAsync($"{Shown(hook)} runs in the order: {Shown(string.Join(", ", names))}");
        }

        if (running.Inert.Count > 0) await _output.WriteLineAsync($"Shipped and not loaded, as no option of theirs is set: {Shown(string.Join(", ", running.Inert))}");
    }

    // What addons call themselves and their state may come from anywhere.
    private static string Shown(string text) => Printable.Escape(text);

    private async Task<int> RefuseAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines) await _error.WriteLineAsync(line);
        return exitCode;
    }
}
