using System.CommandLine;
using ScriptProxy.Cli.Clients;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>Prints the variables by which programs use a proxy that runs, and trust it, in the syntax of a shell or of a container.</summary>
internal sealed class EnvCommand : Command, ICommandExamples
{
    /// <summary>Where containers find the files unless told otherwise.</summary>
    public const string ContainerFolder = "/etc/scriptproxy";

    private static readonly string[] Local = ["sh", "fish", "powershell", "dotenv", "json", "java"];
    private static readonly string[] Container = ["docker", "k8s", "xtm"];

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();
    private readonly Option<string> _format = new("--format", "-f") { HelpName = "FORMAT", Description = $"{string.Join(", ", Local)}, {string.Join(", ", Container)}. Left out: {DefaultFormat}." };
    private readonly Option<string> _proxy = new("--proxy") { HelpName = "URL", Description = "The proxy as clients reach it, such as http://scriptproxy:8080. Left out: the one that is running here, or --listen." };
    private readonly Option<string> _files = new("--files") { HelpName = "DIR", Description = $"Where clients find ca.pem, ca-bundle.pem and truststore.p12. Left out: here, or {ContainerFolder} for containers." };
    private readonly Option<string> _write = new("--write") { HelpName = "DIR", Description = "Write those files to this folder, to be mounted or copied; an empty or missing one." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Func<string, string?> _environment;

    public EnvCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("env", "Print the variables by which programs use and trust the proxy, for a shell or a container.")
    {
        _output = output;
        _error = error;
        _environment = environment;
        Add(_format);
        Add(_proxy);
        Add(_files);
        Add(_write);
        _runOptions.AddTo(this, "--exempt", "--proxy-loopback", "--config");
        _proxyOptions.AddTo(this, "--listen", "--ca-dir", "--tunnel");
        SetAction(RunAsync);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "eval \"$(scriptproxy env)\"",
        "scriptproxy env --format fish | source",
        "scriptproxy env --format powershell | Out-String | Invoke-Expression",
        "scriptproxy env --format docker --proxy http://host.docker.internal:8080 --write ./ca > proxy.env",
        "scriptproxy env --format k8s --proxy http://scriptproxy.tools.svc:8080 --exempt 10.0.0.0/8",
    ];

    private static string DefaultFormat => OperatingSystem.IsWindows() ? "powershell" : "sh";

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var configuration = Configuration.Load(new ConfigurationSources(parsed, _environment, _runOptions, _proxyOptions), problems);
        problems.AddRange(configuration.Run.Validate());
        var format = parsed.GetValue(_format) ?? DefaultFormat;
        if (!Local.Contains(format) && !Container.Contains(format)) problems.Add($"--format \"{Printable.Escape(format)}\": expected {string.Join(", ", Local)}, {string.Join(", ", Container[..^1])} or {Container[^1]}.");
        var proxy = await FindAsync(parsed, configuration, format, problems, cancellationToken);
        if (proxy is null || problems.Count > 0) return await RefuseAsync(problems, ExitCode.Usage);

        try
        {
            var paths = configuration.Proxy.Tunnel ? null : Paths(parsed, configuration, isLocal: Local.Contains(format));
            var direct = DirectHosts.Of(Present("NO_PROXY") ?? Present("no_proxy"), configuration.Run.Exempt, !configuration.Run.ProxyLoopback, withCluster: true);
            await _output.WriteAsync(Text(format, proxy, direct, paths));
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is RootCertificateException or TruststoreException)
        {
            return await RefuseAsync([exception.Message], ExitCode.Failure);
        }
    }

    /// <summary>The URL: as given, of the address that was asked for, of the proxy that runs, or of the default address.</summary>
    private async Task<Uri?> FindAsync(ParseResult parsed, Configuration configuration, string format, List<string> problems, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_proxy) is { } given)
        {
            if (Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { PathAndQuery: "/", Fragment: "" } && url.Host.Length > 0) return url;
            problems.Add($"--proxy \"{Printable.Escape(given)}\": expected http://HOST:PORT or https://HOST:PORT.");
            return null;
        }

        if (Container.Contains(format)) problems.Add($"--format {format}: this machine's addresses mean nothing in a container. Name the proxy as it is reached from there: --proxy http://HOST:8080");
        if (await RunningProxy.FindAsync(configuration, cancellationToken) is not { } endPoint)
        {
            problems.Add($"--listen \"{Printable.Escape(configuration.Proxy.Listen)}\": expected HOST:PORT, or name the proxy with --proxy.");
            return null;
        }

        if (endPoint.Port == 0) problems.Add("--listen: no proxy is running that could be asked for its port. Start one, or name it with --proxy.");
        return LocalUrl.Of(endPoint, configuration.Proxy.ProxyAuth);
    }

    private ClientPaths Paths(ParseResult parsed, Configuration configuration, bool isLocal)
    {
        var files = parsed.GetValue(_files);
        var write = parsed.GetValue(_write);
        if (write is not null)
        {
            ClientFiles.Export(Certificate(configuration), write, Present);
            if (isLocal && files is null) return ClientFiles.In(Path.GetFullPath(write));
        }

        if (files is not null || !isLocal) return ClientFiles.In(files ?? ContainerFolder);
        return ClientFiles.Write(Certificate(configuration), Present);
    }

    private string Text(string format, Uri proxy, DirectHosts direct, ClientPaths? paths)
    {
        // What this shell has set is no business of a container's.
        var variables = ClientVariables.Of(proxy, direct, paths, Local.Contains(format) ? Present : _ => null);
        return format switch
        {
            "sh" => VariableFormat.Sh(variables),
            "fish" => VariableFormat.Fish(variables),
            "powershell" => VariableFormat.PowerShell(variables),
            "dotenv" => VariableFormat.Dotenv(variables),
            "json" => VariableFormat.Object(variables),
            "java" => JavaOptions.Line(JavaOptions.Of(proxy, direct, paths)) + "\n",
            "docker" => VariableFormat.Docker(variables),
            "k8s" => VariableFormat.Kubernetes(variables, paths is null ? null : Path.GetDirectoryName(paths.Certificate)),
            _ => VariableFormat.Docker(XtmVariables.Of(proxy, direct, paths)),
        };
    }

    /// <summary>The root certificate, made when there is none yet, as a proxy would at its first start.</summary>
    private static string Certificate(Configuration configuration)
    {
        using var root = RootCertificate.LoadOrCreate(configuration.Proxy.CaDir, TimeProvider.System);
        return root.PemPath;
    }

    private string? Present(string name) => _environment(name) is { Length: > 0 } value ? value : null;

    private async Task<int> RefuseAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines) await _error.WriteLineAsync(line);
        return exitCode;
    }
}
