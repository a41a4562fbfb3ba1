using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>
/// Replaces our root without a moment in which clients refuse: a next root is made and handed out, then it signs, then the former one is forgotten. Each
/// step is one rename.
/// </summary>
internal sealed class CaRotateCommand : CaSubcommand
{
    private readonly Option<bool> _switch = new("--switch") { Description = "Second step: let the next root sign. The former one stays trusted." };
    private readonly Option<bool> _finish = new("--finish") { Description = "Third step: forget the former root." };
    private readonly Option<bool> _cancel = new("--cancel") { Description = "Forget the next root instead of switching to it." };
    private readonly Option<bool> _now = new("--now") { Description = "First and second step at once: clients that do not trust the next root refuse until they do." };
    private readonly Option<string> _days = new("--days") { HelpName = "DAYS", Description = "How long the next root is valid. [3653]" };
    private readonly Option<string> _keyType = new("--key-type") { HelpName = "TYPE", Description = "Kind of its key: p256, p384, rsa2048, rsa3072 or rsa4096. [p256]" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaRotateCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("rotate", "Replace the root certificate without an interruption, in three steps: make the next one, let it sign, forget the former one.", output, error, environment)
    {
        foreach (var option in new Option[] { _switch, _finish, _cancel, _now, _days, _keyType, _json }) Add(option);
    }

    public override IReadOnlyList<string> Examples => ["scriptproxy ca rotate", "scriptproxy ca rotate --switch", "scriptproxy ca rotate --finish"];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        var steps = new[] { _switch, _finish, _cancel, _now }.Where(option => parsed.GetValue(option)).ToList();
        if (steps.Count > 1) throw new CaException($"{steps[0].Name} and {steps[1].Name}: expected one step at a time.", isUsage: true);
        var profile = new RootProfile
        {
            Lifetime = CaCreateCommand.LifetimeOf(parsed.GetValue(_days)) ?? new RootProfile().Lifetime,
            KeyType = CaCreateCommand.KeyTypeOf(parsed.GetValue(_keyType)) ?? RootKeyType.P256,
        };
        folder.Load().Dispose();
        var (done, next) = folder.Files.WhileLocked(() => Run(folder, steps.FirstOrDefault(), profile));
        using var chain = folder.ReadChain();
        await new CaReport(Output).WriteAsync(parsed.GetValue(_json) ? WriteJsonAsync : null, folder, chain, done, next);
        return ExitCode.Success;
    }

    private (string Done, string[] Next) Run(CaFolder folder, Option<bool>? step, RootProfile profile)
    {
        using var chain = folder.ReadChain();
        var upcoming = chain.Others.FirstOrDefault(folder.Files.HasKey);
        if (step is null || step == _now)
        {
            if (!chain.HasRoot || chain.Path.Count > 1) throw new CaException($"{folder.Files.CertificatePath}: was issued by {chain.Signer.Issuer}, who has to issue the next one. Then: scriptproxy ca use FILE --force");
            if (upcoming is not null) throw new CaException($"{folder.Files.CertificatePath}: the next root is made already. To let it sign: scriptproxy ca rotate --switch; to forget it: scriptproxy ca rotate --cancel");
            using var prepared = Prepare(folder, chain, profile);
            return step is null
                ? ("Made a next root beside the one that signs, in",
                    ["Make clients trust it, as before; every export and install has both: scriptproxy ca export, scriptproxy ca install", "Then let it sign: scriptproxy ca rotate --switch"])
                : Switch(folder, prepared, prepared.Others[0]);
        }

        if (step == _switch) return Switch(folder, chain, upcoming ?? throw new CaException($"{folder.Files.CertificatePath}: there is no next root to switch to. Make it: scriptproxy ca rotate"));
        if (step == _finish && upcoming is not null) throw new CaException($"{folder.Files.CertificatePath}: the next root does not sign yet. Let it sign: scriptproxy ca rotate --switch; or forget it: scriptproxy ca rotate --cancel");
        if (step == _cancel && upcoming is null) throw new CaException($"{folder.Files.CertificatePath}: there is no next root to forget.");
        if (chain.Others.Count == 0) throw new CaException($"{folder.Files.CertificatePath}: there is no former root to forget.");
        folder.Files.ReplaceCertificates(new CertificateChain([.. chain.Path, .. chain.Others.Where(other => step == _cancel && other != upcoming)]));
        return step == _cancel ? ("Forgot the next root; as before, clients trust", []) : ("Forgot the former root; clients have to trust", ["Remove the former root from clients: scriptproxy ca uninstall --sha256 FINGERPRINT"]);
    }

    /// <summary>The key first: a certificate without it would be of no use.</summary>
    private static CertificateChain Prepare(CaFolder folder, CertificateChain chain, RootProfile profile)
    {
        var constrained = profile with { Constraints = NameConstraints.Of(chain.Signer), Subject = HasOwnName(chain.Signer) ? chain.Signer.SubjectName : null };
        using var key = constrained.NewKey();
        var certificate = CertificateTemplates.SignRoot(CertificateTemplates.Root(key, constrained), key, TimeProvider.System.GetUtcNow(), constrained.Lifetime);
        folder.Files.KeepKey(certificate, RootCertificateReader.ExportKey(key));
        var both = new CertificateChain([.. chain.Path, certificate, .. chain.Others]);
        folder.Files.ReplaceCertificates(both);
        return both;
    }

    private static (string Done, string[] Next) Switch(CaFolder folder, CertificateChain chain, X509Certificate2 upcoming)
    {
        folder.Files.Replace(new CertificateChain([upcoming, .. chain.Path, .. chain.Others.Where(other => other != upcoming)]), null);
        return ("The next root signs now, from", ["Proxies that are running take it up within seconds; what they signed with the former root, clients still trust.", "Then forget the former root: scriptproxy ca rotate --finish"]);
    }

    private static bool HasOwnName(X509Certificate2 certificate) => !certificate.Subject.StartsWith("CN=ScriptProxy Root ", StringComparison.Ordinal);
}
