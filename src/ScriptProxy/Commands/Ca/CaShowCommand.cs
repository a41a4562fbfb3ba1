using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Shows which certificates clients have to trust, with fingerprints to compare, and whether the proxy can use them.</summary>
internal sealed class CaShowCommand : CaSubcommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaShowCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("show", "Show the root certificate: fingerprints, validity, constraints, where it is; exit code 1 when the proxy cannot use it.", output, error, environment) => Add(_json);

    public override IReadOnlyList<string> Examples => ["scriptproxy ca show", "scriptproxy ca show --json | jq -r .certificates[0].sha256"];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var chain = folder.ReadChain();
        var facts = chain.Path.Concat(chain.Others).Select(certificate => CertificateFacts.Of(certificate, RoleOf(certificate, chain, folder))).ToList();
        var key = folder.Key(chain.Signer);
        var problem = folder.Problem();
        if (parsed.GetValue(_json))
        {
            await WriteJsonAsync(new { path = folder.Files.CertificatePath, keyPath = key?.Path, keyMode = key?.Mode, usable = problem is null, problem, certificates = facts });
            return problem is null ? ExitCode.Success : ExitCode.Failure;
        }

        await Output.WriteLineAsync($"Certificates: {folder.Files.CertificatePath}");
        await Output.WriteLineAsync($"Private key:  {(key is null ? "missing" : key.Value.Mode is { } mode ? $"{key.Value.Path} (mode {mode})" : key.Value.Path)}");
        foreach (var certificate in facts)
        {
            await Output.WriteLineAsync($"{Title(certificate.Role)}:");
            foreach (var line in certificate.Lines()) await Output.WriteLineAsync(Shown(line));
        }

        if (problem is null) return ExitCode.Success;
        await Error.WriteLineAsync(Shown(problem));
        return ExitCode.Failure;
    }

    /// <summary>What a certificate of ca.pem is there for.</summary>
    internal static string RoleOf(X509Certificate2 certificate, CertificateChain chain, CaFolder folder)
    {
        if (chain.Others.Contains(certificate)) return folder.Files.HasKey(certificate) ? "next" : "former";
        if (chain.HasRoot && ReferenceEquals(certificate, chain.Path[^1])) return "root";
        return ReferenceEquals(certificate, chain.Signer) ? "signer" : "intermediate";
    }

    private static string Title(string role) => role switch
    {
        "root" => "Root, to be trusted by clients",
        "signer" => "Intermediate that signs",
        "intermediate" => "Intermediate",
        "next" => "Next root, to be trusted too; it signs after scriptproxy ca rotate --switch",
        _ => "Former root, trusted until scriptproxy ca rotate --finish",
    };
}
