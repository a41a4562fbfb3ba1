using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>A command about the root certificate: finds the folder, and says in one line what goes wrong.</summary>
internal abstract class CaSubcommand : Command, ICommandExamples
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly OptionSet<RunOptions> _runOptions = new();
    private readonly OptionSet<ProxyOptions> _proxyOptions = new();

    protected CaSubcommand(string name, string description, TextWriter output, TextWriter error, Func<string, string?> environment)
        : base(name, description)
    {
        Output = output;
        Error = error;
        Environment = environment;
        _proxyOptions.AddTo(this, "--ca-dir", "--ca-password-file");
        _runOptions.AddTo(this, "--config");
        SetAction(RunAsync);
    }

    public abstract IReadOnlyList<string> Examples { get; }

    protected TextWriter Output { get; }

    protected TextWriter Error { get; }

    /// <summary>The value of a variable; null when not set.</summary>
    protected Func<string, string?> Environment { get; }

    /// <returns>The exit code.</returns>
    /// <exception cref="CaException">It cannot be done.</exception>
    protected abstract Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken);

    protected Task WriteJsonAsync(object document) => Output.WriteLineAsync(JsonSerializer.Serialize(document, Indented));

    /// <summary>Text of certificates, fit for a terminal.</summary>
    protected static string Shown(string text) => Printable.Escape(text);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var options = Configuration.Load(new ConfigurationSources(parsed, Environment, _runOptions, _proxyOptions), problems).Proxy;
        if (problems.Count > 0) return await RefuseAsync(problems, ExitCode.Usage);
        try
        {
            return await RunAsync(new CaFolder(new RootCertificateFiles(options.CaDir), PassphraseFile.Read(options.CaPasswordFile, "--ca-password-file")), parsed, cancellationToken);
        }
        catch (CaException exception)
        {
            return await RefuseAsync([exception.Message], exception.IsUsage ? ExitCode.Usage : ExitCode.Failure);
        }
        catch (Exception exception) when (exception is RootCertificateException or TruststoreException)
        {
            return await RefuseAsync([exception.Message], ExitCode.Failure);
        }
    }

    private async Task<int> RefuseAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines) await Error.WriteLineAsync(Shown(line));
        return exitCode;
    }
}
