using System.CommandLine;
using System.Text.Json;
using ScriptProxy.Cli.Clients;
using ScriptProxy.Cli.Doctor;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>
/// Walks the way of a request and says where it ends: root certificate, who trusts it, the proxy, an intercepted request. Changes nothing, and is done in
/// well under a minute.
/// </summary>
internal sealed class DoctorCommand : Command, ICommandExamples
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();
    private readonly Argument<string?> _url = new("URL") { Arity = ArgumentArity.ZeroOrOne, Description = "What to ask for through the proxy; left out: only whether it shows certificates of this root." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<string, string?> _environment;

    public DoctorCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("doctor", "Find out why clients do not get through: root certificate, who trusts it, proxy, an intercepted request; exit code 1 when something fails.")
    {
        _output = output;
        _error = error;
        _environment = environment;
        Add(_url);
        Add(_json);
        _proxyOptions.AddTo(this, "--listen", "--ca-dir", "--proxy-auth");
        _runOptions.AddTo(this, "--config");
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } = ["scriptproxy doctor", "scriptproxy doctor https://example.com/", "eval \"$(scriptproxy env)\" && scriptproxy doctor --json"];

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _proxyOptions), problems);
        Uri? url = null;
        if (parsed.GetValue(_url) is { } text && (!Uri.TryCreate(text, UriKind.Absolute, out url) || url.Scheme is not ("http" or "https")))
            problems.Add($"URL \"{Printable.Escape(text)}\": expected http://… or https://…");
        if (problems.Count == 0 && !ProxyOptionsValidator.TryParseEndPoint(configuration.Proxy.Listen, out _))
            problems.Add($"--listen \"{Printable.Escape(configuration.Proxy.Listen)}\": expected HOST:PORT, such as 127.0.0.1:8080.");
        if (problems.Count > 0)
        {
            foreach (var problem in problems) await _error.WriteLineAsync(problem);
            return ExitCode.Usage;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        var checks = await CheckAsync(configuration, url, timeout.Token);
        var isWell = checks.All(check => check.Status != "failed");
        if (parsed.GetValue(_json)) await _output.WriteLineAsync(JsonSerializer.Serialize(new { ok = isWell, checks }, Indented));
        else await WriteAsync(checks);
        return isWell ? ExitCode.Success : ExitCode.Failure;
    }

    private async Task<List<DoctorCheck>> CheckAsync(Configuration configuration, Uri? url, CancellationToken cancellationToken)
    {
        var checks = new List<DoctorCheck>();
        using var root = Root(configuration.Proxy.CaDir, checks);
        if (root is null) return checks;

        checks.AddRange(await new TrustChecks(root, _environment).RunAsync(cancellationToken));
        if (await RunningProxy.FindAsync(configuration, cancellationToken) is { Port: not 0 } proxy) checks.AddRange(await new InterceptionCheck(proxy, configuration.Proxy.ProxyAuth, root).RunAsync(url, cancellationToken));
        else checks.Add(DoctorCheck.Failed("proxy", "no proxy of this user is running", "Start it: scriptproxy -s FILE"));
        return checks;
    }

    /// <summary>The root certificate, if it is there and good: nothing is made here.</summary>
    private static RootCertificate? Root(string folder, List<DoctorCheck> checks)
    {
        const string Name = "root certificate";
        try
        {
            var files = new RootCertificateFiles(folder);
            if (!files.Exist)
            {
                checks.Add(DoctorCheck.Failed(Name, $"there is none in {folder}", "Start the proxy once, which makes it, or name its folder with --ca-dir."));
                return null;
            }

            var root = RootCertificate.Load(files, TimeProvider.System, null);
            var end = root.Anchors[0].NotAfter.ToUniversalTime();
            var detail = $"{root.PemPath}, valid until {end:yyyy-MM-dd}";
            checks.Add(end - DateTime.UtcNow < SoonExpired
                ? DoctorCheck.Warning(Name, detail, "It expires soon: make a new one and have clients trust that.")
                : DoctorCheck.Ok(Name, detail));
            return root;
        }
        catch (RootCertificateException exception)
        {
            checks.Add(DoctorCheck.Failed(Name, Printable.Escape(exception.Message), "The message says what to do."));
            return null;
        }
    }

    private async Task WriteAsync(IReadOnlyList<DoctorCheck> checks)
    {
        foreach (var check in checks)
        {
            await _output.WriteLineAsync($"{check.Status,-8} {check.Name}: {check.Detail}");
            if (check.Remedy is { } remedy) await _output.WriteLineAsync($"         -> {remedy}");
        }
    }
}
