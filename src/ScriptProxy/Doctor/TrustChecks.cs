using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Doctor;

/// <summary>Whether the programs that are here trust the root certificate, each found out by having it try.</summary>
/// <param name="root">The root.</param>
/// <param name="environment">The variables of this shell.</param>
internal sealed class TrustChecks(RootCertificate root, Func<string, string?> environment)
{
    private const string Shell = "For this shell: eval \"$(scriptproxy env)\"; for one command: scriptproxy -- COMMAND";

    // With the folder, as sudo has another home.
    private readonly string _everywhere = $"For all programs of this machine: sudo scriptproxy ca install --ca-dir '{Path.GetDirectoryName(root.PemPath)}'. {Shell}";

    /// <summary>Has all of them try, at the same time.</summary>
    public async Task<IReadOnlyList<DoctorCheck>> RunAsync(CancellationToken cancellationToken)
    {
        await using var server = new ProbeServer(root);
        var url = server.Url;
        Task<DoctorCheck?>[] checks =
        [
            Task.FromResult<DoctorCheck?>(System()),
            AskAsync("curl", ["--silent", "--show-error", "--max-time", "10", "--noproxy", "*", "--output", OperatingSystem.IsWindows() ? "NUL" : "/dev/null", url], _everywhere, cancellationToken),
            AskAsync("wget", ["--quiet", "--no-verbose", "--tries=1", "--timeout=10", "--no-proxy", "--output-document=/dev/null", url], _everywhere, cancellationToken),
            AskAsync("python3", ["-c", "import sys, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(sys.argv[1], timeout=10)", url], _everywhere, cancellationToken),
            AskAsync("node", ["-e", "require('https').get(process.argv[1], a => a.resume()).on('error', e => { console.error(e.code); process.exit(1); })", url], $"Set NODE_EXTRA_CA_CERTS={root.PemPath}. {Shell}", cancellationToken),
            JavaAsync(cancellationToken),
            BrowserAsync(cancellationToken),
        ];
        return [.. (await Task.WhenAll(checks)).OfType<DoctorCheck>()];
    }

    private DoctorCheck System()
    {
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true } };
        return chain.Build(root.Anchors[0])
            ? DoctorCheck.Ok("system", "trusts the root certificate")
            : DoctorCheck.Failed("system", "does not trust the root certificate", _everywhere);
    }

    private async Task<DoctorCheck?> AskAsync(string name, string[] arguments, string remedy, CancellationToken cancellationToken)
    {
        if (ProbedProgram.Find(name, environment) is not { } program) return null;
        var (exitCode, _, error) = await ProbedProgram.RunAsync(program, arguments, cancellationToken);
        return exitCode == 0 ? DoctorCheck.Ok(name, "trusts the root certificate") : DoctorCheck.Failed(name, $"does not trust the root certificate: {(error.Length == 0 ? $"exit code {exitCode}" : error)}", remedy);
    }

    /// <summary>Looks into the truststore that a JVM would use: that of JAVA_TOOL_OPTIONS, else its own.</summary>
    private async Task<DoctorCheck?> JavaAsync(CancellationToken cancellationToken)
    {
        if (ProbedProgram.Find("java", environment) is null) return null;
        if (ProbedProgram.Find("keytool", environment) is not { } keytool) return DoctorCheck.Skipped("java", "keytool, which comes with it, is not on PATH");
        var options = environment("JAVA_TOOL_OPTIONS") ?? "";
        var truststore = Option(options, "trustStore");
        string[] store = truststore is null ? ["-cacerts"] : ["-keystore", truststore];
        var (exitCode, output, error) = await ProbedProgram.RunAsync(keytool, ["-list", "-rfc", .. store, "-storepass", Option(options, "trustStorePassword") ?? "changeit"], cancellationToken);
        var where = truststore is null ? "its cacerts" : truststore;
        if (exitCode != 0) return DoctorCheck.Failed("java", $"{where} cannot be read: {error}", Shell);
        return Holds(output)
            ? DoctorCheck.Ok("java", $"trusts the root certificate ({where})")
            : DoctorCheck.Failed("java", $"does not trust the root certificate ({where})", $"For one JVM: scriptproxy ca install --java \"$JAVA_HOME\". {Shell}");
    }

    private async Task<DoctorCheck?> BrowserAsync(CancellationToken cancellationToken)
    {
        string[] browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() || browsers.All(name => ProbedProgram.Find(name, environment) is null)) return null;
        const string Remedy = "scriptproxy ca install --browsers";
        if (ProbedProgram.Find("certutil", environment) is not { } certutil) return DoctorCheck.Skipped("chromium", "certutil, by which its roots can be read, is not on PATH (libnss3-tools)");
        var folder = Path.Combine(environment("HOME") ?? "", ".pki", "nssdb");
        if (!Directory.Exists(folder)) return DoctorCheck.Failed("chromium", $"does not trust the root certificate: there is no {folder}", $"scriptproxy ca install --nss {folder}");
        var (_, output, _) = await ProbedProgram.RunAsync(certutil, ["-L", "-d", "sql:" + folder], cancellationToken);
        foreach (var line in output.Split('\n').Where(line => line.Contains(',', StringComparison.Ordinal)))
        {
            // Nickname, then the trust it has: "CT,C,c"; C in front is for servers.
            var end = line.TrimEnd().LastIndexOf(' ');
            if (end < 0 || !line[(end + 1)..].Split(',')[0].Contains('C', StringComparison.Ordinal)) continue;
            var (_, pem, _) = await ProbedProgram.RunAsync(certutil, ["-L", "-d", "sql:" + folder, "-n", line[..end].Trim(), "-a"], cancellationToken);
            if (Holds(pem)) return DoctorCheck.Ok("chromium", "trusts the root certificate");
        }

        return DoctorCheck.Failed("chromium", $"does not trust the root certificate ({folder})", Remedy);
    }

    private bool Holds(string pem)
    {
        var wanted = Convert.ToBase64String(root.Anchors[0].RawData);
        return string.Concat(pem.Where(character => !char.IsWhiteSpace(character))).Contains(wanted, StringComparison.Ordinal);
    }

    private static string? Option(string options, string name)
    {
        var start = options.LastIndexOf($"-Djavax.net.ssl.{name}=", StringComparison.Ordinal);
        if (start < 0) return null;
        var value = options[(start + $"-Djavax.net.ssl.{name}=".Length)..];
        var end = start > 0 && options[start - 1] is '"' or '\'' ? value.IndexOf(options[start - 1], StringComparison.Ordinal) : value.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? value : value[..end];
    }
}
