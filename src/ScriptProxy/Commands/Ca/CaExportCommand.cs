using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Writes what clients have to trust in the form that they read. The key is never in it.</summary>
internal sealed class CaExportCommand : CaSubcommand
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int LeastPasswordLength = 6;
    private static readonly string[] Formats = ["pem", "der", "p12", "jks", "bundle", "k8s-secret", "k8s-configmap", "mobileconfig"];

    private readonly Option<string> _format = new("--format", "-f") { HelpName = "FORMAT", Description = $"One of {string.Join(", ", Formats)}. [pem]" };
    private readonly Option<string> _out = new("--out", "-o") { HelpName = "FILE", Description = "File to write; - for standard output. [-]" };
    private readonly Option<string> _password = new("--password") { HelpName = "TEXT", Description = "Password of a p12 or jks, six characters at least; it protects no secret. [changeit]" };
    private readonly Option<string> _passwordFile = new("--password-file") { HelpName = "FILE", Description = "File whose first line is that password." };
    private readonly Option<bool> _systemRoots = new("--include-system-roots") { Description = "Add the roots that this system trusts, for p12, jks and Kubernetes; a bundle has them anyway." };
    private readonly Option<string> _name = new("--name") { HelpName = "NAME", Description = "Name of the Kubernetes object. [scriptproxy-ca]" };
    private readonly Option<string> _namespace = new("--namespace") { HelpName = "NAME", Description = "Namespace of the Kubernetes object. Left out: that of kubectl." };

    public CaExportCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("export", "Write what clients have to trust: PEM, DER, a Java truststore, a bundle with the system's roots, Kubernetes YAML, or a profile for Apple devices.", output, error, environment)
    {
        foreach (var option in new Option[] { _format, _out, _password, _passwordFile, _systemRoots, _name, _namespace }) Add(option);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "scriptproxy ca export --out scriptproxy-ca.pem",
        "scriptproxy ca export --format p12 --include-system-roots --out truststore.p12",
        "scriptproxy ca export --format bundle --out ca-bundle.pem",
        "scriptproxy ca export --format k8s-secret --include-system-roots | kubectl apply -f -",
    ];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        var format = parsed.GetValue(_format) ?? "pem";
        if (!Formats.Contains(format)) throw new CaException($"--format \"{format}\": expected {string.Join(", ", Formats.SkipLast(1))} or {Formats[^1]}.", isUsage: true);
        var withSystem = parsed.GetValue(_systemRoots);
        if (withSystem && format is "pem" or "der" or "mobileconfig" && withSystem)
            throw new CaException($"--include-system-roots: a {format} file has our root only. For all of them: --format bundle", isUsage: true);

        using var chain = folder.ReadChain();
        if (chain.Anchors[0].NotAfter < DateTime.Now)
            throw new CaException($"{folder.Files.CertificatePath}: expired on {chain.Anchors[0].NotAfter.ToUniversalTime():yyyy-MM-dd}; no client would accept it. Make a new one: scriptproxy ca create --force");
        IReadOnlyList<X509Certificate2> system = withSystem || format == "bundle" ? SystemRoots.Load(Environment) : [];
        if (format == "bundle" && system.Count == 0) throw new CaException("No roots are found on this system. Let SSL_CERT_FILE name a PEM file with them, or install ca-certificates.");
        await WriteAsync(parsed.GetValue(_out) ?? "-", Content(format, chain.Anchors, system, parsed), isText: format is not ("der" or "p12" or "jks"));
        return ExitCode.Success;
    }

    private byte[] Content(string format, IReadOnlyList<X509Certificate2> own, IReadOnlyList<X509Certificate2> system, ParseResult parsed)
    {
        var ours = TrustedCertificate.Join(own, []);
        var all = TrustedCertificate.Join(own, system);
        var manifest = new KubernetesManifest(parsed.GetValue(_name) ?? "scriptproxy-ca", parsed.GetValue(_namespace));
        return format switch
        {
            "der" => own[0].RawData,
            "p12" => Pkcs12Truststore.Write(all, Password(parsed)),
            "jks" => JksTruststore.Write(all, Password(parsed)),
            "bundle" => PemTruststore.Write(all),
            "k8s-secret" => manifest.Secret(ours, all, Password(parsed)),
            "k8s-configmap" => manifest.ConfigMap(ours, system.Count == 0 ? null : all),
            "mobileconfig" => AppleProfile.Write(own),
            _ => PemTruststore.Write(ours),
        };
    }

    private string Password(ParseResult parsed)
    {
        if (parsed.GetValue(_password) is not null && parsed.GetValue(_passwordFile) is not null) throw new CaException("--password and --password-file: expected one of them, got both.", isUsage: true);
        var password = PassphraseFile.Read(parsed.GetValue(_passwordFile), "--password-file") ?? parsed.GetValue(_password) ?? "changeit";
        return password.Length >= LeastPasswordLength ? password : throw new CaException($"The password of a truststore has to have {LeastPasswordLength} characters at least; Java refuses shorter ones.", isUsage: true);
    }

    private async Task WriteAsync(string path, byte[] content, bool isText)
    {
        if (path == "-")
        {
            if (!isText && Output == Console.Out && !Console.IsOutputRedirected) throw new CaException("This is no text for a terminal. Name a file: --out FILE", isUsage: true);
            if (Output == Console.Out)
            {
                await using var stream = Console.OpenStandardOutput();
                await stream.WriteAsync(content);
                return;
            }

            await Output.WriteAsync(System.Text.Encoding.Latin1.GetString(content));
            return;
        }

        try
        {
            // A device, such as /dev/stdout, is written to; it must not be replaced. Nor must a link: what it leads to is.
            if (path.StartsWith("/dev/", StringComparison.Ordinal)) await File.WriteAllBytesAsync(path, content);
            else AtomicFile.Write(Target(path), content, Mode);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaException($"--out {path}: cannot be written ({NamedFile.WhyUnwritable(path, exception)}). Name a file in a folder that can be written.", innerException: exception);
        }
    }

    private static string Target(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }
}
