using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Cli.Admin;
using ScriptProxy.Cli.Control;
using ScriptProxy.Cli.Launching;
using ScriptProxy.Cli.Logging;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates.Truststores;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Scripting;

namespace ScriptProxy.Cli.Commands;

/// <summary>What scriptproxy does without a command: loads scripts, listens, prints flows, until it is told to stop.</summary>
internal sealed class RunCommand : RootCommand
{
    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();
    private readonly Option<bool> _showOptions = new("--options") { Description = "Show all options of the proxy and of the addons it loads, as scriptproxy.yaml." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<string, string?> _environment;

    public RunCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("An intercepting HTTP(S) proxy that passes traffic through C# scripts, live the moment they are saved.")
    {
        _output = output;
        _error = error;
        _environment = environment;
        _runOptions.AddTo(this);
        _proxyOptions.AddTo(this);
        Add(_showOptions);
        SetAction(RunAsync);
    }

    /// <summary>The words after "--": a command to run behind the proxy; null when there were none such.</summary>
    public IReadOnlyList<string>? Launched { get; set; }

    /// <summary>All options, in the order of help and documentation.</summary>
    public IEnumerable<OptionDescriptor> Descriptors => _runOptions.Descriptors.Concat(_proxyOptions.Descriptors);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _proxyOptions), problems);
        var (run, proxy) = (configuration.Run, configuration.Proxy);
        if (problems.Count == 0) problems.AddRange([.. run.Validate(), .. proxy.Validate()]);
        if (problems.Count > 0) return await RefuseAsync(problems);
        if (parsed.GetValue(_showOptions)) return await ShowOptionsAsync(configuration, cancellationToken);
        Launch? launch = null;
        if (Launched is not null)
        {
            if (ProgramFile.Find(Launched[0], _environment("PATH"), out var program, out var problem) is var code and not 0) return await RefuseAsync([problem!], code);
            if (proxy is { ProxyAuth: null, ProxyAuthFile: { } users })
                return await RefuseAsync([$"--proxy-auth-file {users}: it holds no password that the command could be given. Add --proxy-auth USER:PASSWORD for the command."]);
            (run, proxy) = Launch.Defaults(configuration);
            launch = new Launch(Launched, program, run, proxy, isSilent: configuration.Run.Quiet, _error, _environment);
        }

        try
        {
            using var signals = new StopSignals();
            if (run.WaitForDebugger && !await new DebuggerWait(_error, () => Debugger.IsAttached).RunAsync(signals.Token)) return ExitCode.Success;
            await using var logs = Logs.Open(run, _error, Terminal.ShowsColours(_environment, Console.IsErrorRedirected));
            var totals = run.Admin is null ? null : new FlowTotals();
            await using var console = run.Quiet ? null : OpenConsole(run, isLaunch: launch is not null);
            var shown = console is null ? null : await SelectAsync(console, configuration);
            var sinks = new[] { shown, logs.FlowSink(run.Verbose), totals }.OfType<IFlowSink>().ToArray();
            await using var server = new ProxyServer(proxy, logs.Factory, sinks);
            await using var admin = totals is null ? null : await OpenAdminAsync(run, server, totals);
            await using var scripts = new ScriptHost(server.Generations, configuration.Scripts(), logs.Factory);
            return await ServeAsync(server, scripts, signals, logs.Factory, watch: !run.NoWatch, launch, admin);
        }
        catch (ScriptLoadException exception)
        {
            return await RefuseAsync(exception.Errors);
        }
        catch (Exception exception) when (exception is LogFileException or ProxyStartException or TruststoreException)
        {
            return await RefuseAsync([exception.Message]);
        }
    }

    /// <summary>Addons are loaded to know their options; no OnLoad runs.</summary>
    private async Task<int> ShowOptionsAsync(Configuration configuration, CancellationToken cancellationToken)
    {
        var check = await ScriptHost.CheckAsync(configuration.Scripts() with { LoadsInert = true }, configuration.Proxy.HookTimeout, NullLoggerFactory.Instance, cancellationToken);
        if (check.Errors.Count > 0) return await RefuseAsync(check.Errors);
        await _output.WriteAsync(OptionsText.Write(configuration, check.Scripts));
        return ExitCode.Success;
    }

    private async Task<int> ServeAsync(ProxyServer server, ScriptHost scripts, StopSignals signals, ILoggerFactory logs, bool watch, Launch? launch, AdminServer? admin)
    {
        try
        {
            // All scripts are live before the first connection is accepted.
            await scripts.LoadAsync(signals.Token);
            await server.StartAsync(signals.Token);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return launch is null ? ExitCode.Success : signals.ExitCode;
        }

        if (admin is not null) admin.Phase = AdminPhase.Ready;
        var exitCode = ExitCode.Success;

        // Gone before the port is free for another proxy to take.
        await using (await ControlSocket.OpenAsync(
            Path.GetDirectoryName(server.RootCertificatePath)!, server.EndPoint.Port,
            new Dictionary<string, Func<object>> { [RunningAddons.Command] = () => RunningAddons.Of(server, scripts) }, logs.CreateLogger<ControlSocket>()))
        {
            if (watch) scripts.StartWatching();
            if (launch is null || launch.ShowsBanner) await WriteBannerAsync(server, admin);
            if (launch is null) await signals.WaitAsync();
            else exitCode = await launch.RunAsync(server, signals);
        }

        if (admin is not null) admin.Phase = AdminPhase.Draining;
        await server.StopAsync();
        return exitCode;
    }

    private static async Task<AdminServer> OpenAdminAsync(RunOptions run, ProxyServer server, FlowTotals totals)
    {
        if (!ProxyOptionsValidator.TryParseEndPoint(run.Admin!, out var endPoint)) throw new InvalidOperationException("Validated before.");
        var admin = await AdminServer.StartAsync(endPoint, run.AdminHost, new MetricsText(server, totals).Write);
        server.AddOwnAddress(admin.EndPoint);
        return admin;
    }

    /// <summary>The console for those flows that were asked for.</summary>
    private static async Task<IFlowSink> SelectAsync(ConsoleSink console, Configuration configuration)
    {
        IFlowSink shown = console;
        if (configuration.Run.Filter is { } filter) shown = new SelectedFlows(shown, filter.Matches);
        if (configuration.Run.Where is not { } expression) return shown;
        var where = await FlowExpression.CompileAsync(expression, "--where", configuration.Scripts().FullCacheDirectory);
        return new SelectedFlows(console, configuration.Run.Filter is { } also ? flow => also.Matches(flow) && where(flow) : where);
    }

    private ConsoleSink OpenConsole(RunOptions run, bool isLaunch)
    {
        // The output belongs to the command.
        if (isLaunch) return new ConsoleSink(_error, new FlowLine(Terminal.ShowsColours(_environment, Console.IsErrorRedirected), TimeZoneInfo.Local), run.Verbose);

        // Batches go to the terminal as they are: Console.Out would flush, and lock, line by line.
        var output = _output == Console.Out ? new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 32 * 1024) : _output;
        var line = new FlowLine(Terminal.ShowsColours(_environment, Console.IsOutputRedirected), TimeZoneInfo.Local);
        return new ConsoleSink(output, line, run.Verbose);
    }

    private async Task WriteBannerAsync(ProxyServer server, AdminServer? admin)
    {
        var addons = server.Generations.Current.Addons;
        await _error.WriteLineAsync($"ScriptProxy {VersionInfo.Version} listens on {string.Join(", ", server.Listeners)}");
        if (admin is not null) await _error.WriteLineAsync($"Health, readiness and metrics: http://{admin.EndPoint}/healthz /readyz /metrics");
        await _error.WriteLineAsync(server.Intercepts
            ? $"Root certificate, for clients to trust: {server.RootCertificatePath}"
            : "TLS is relayed unread: clients need no root certificate");
        await _error.WriteLineAsync(addons.Count == 0
            ? "No scripts; load one with -s FILE"
            : $"Scripts: {string.Join(", ", addons.Select(addon => Printable.Escape(addon.Name)))}");
    }

    private async Task<int> RefuseAsync(IEnumerable<string> lines, int exitCode = ExitCode.Usage)
    {
        foreach (var line in lines) await _error.WriteLineAsync(line);
        return exitCode;
    }
}
