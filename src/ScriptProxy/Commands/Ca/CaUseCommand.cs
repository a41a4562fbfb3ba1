using System.CommandLine;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Takes an authority that exists: a root, or a company's intermediate with its chain. Everything is checked before anything is changed.</summary>
internal sealed class CaUseCommand : CaSubcommand
{
    private readonly Argument<string> _certificate = new("FILE") { Description = "PEM file or PKCS#12 file (.p12, .pfx) with the certificate, or a folder: a mounted Kubernetes secret with tls.crt and tls.key." };
    private readonly Option<string> _key = new("--key") { HelpName = "FILE", Description = "PEM file with its key, where that is in another file." };
    private readonly Option<string[]> _chain = new("--chain") { HelpName = "FILE", Description = "PEM file with intermediates and the root above it. Repeatable." };
    private readonly Option<string> _password = new("--password") { HelpName = "TEXT", Description = "Passphrase of the key or the PKCS#12 file; other users may see it while the command runs." };
    private readonly Option<string> _passwordFile = new("--password-file") { HelpName = "FILE", Description = "File whose first line is that passphrase." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace the root certificate that is there." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Check everything, change nothing." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaUseCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("use", "Use an authority of your own: a root, or a company's intermediate with its chain, from PEM, PKCS#12 or a mounted secret.", output, error, environment)
    {
        Add(_certificate);
        foreach (var option in new Option[] { _key, _chain, _password, _passwordFile, _force, _dryRun, _json }) Add(option);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "scriptproxy ca use intermediate.pem --key intermediate-key.pem --chain company-root.pem --force",
        "scriptproxy ca use proxy-ca.p12 --password-file password.txt --force",
        "scriptproxy ca use /var/run/secrets/proxy-ca --ca-dir /var/lib/scriptproxy",
    ];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_password) is not null && parsed.GetValue(_passwordFile) is not null) throw new CaException("--password and --password-file: expected one of them, got both.", isUsage: true);
        var passphrase = PassphraseFile.Read(parsed.GetValue(_passwordFile), "--password-file") ?? parsed.GetValue(_password);
        using var given = GivenAuthority.Read(parsed.GetValue(_certificate)!, parsed.GetValue(_key), parsed.GetValue(_chain) ?? [], passphrase);
        given.Check(DateTime.UtcNow);

        var isThere = folder.Files.Exist;
        if (!parsed.GetValue(_dryRun)) folder.Replace(parsed.GetValue(_force), () => folder.Files.Replace(given.Chain, given.KeyPem));
        var next = new List<string>();
        if (!given.Chain.HasRoot) next.Add($"Clients have to trust the root above {given.Chain.Path[^1].Subject}. Add it with --chain to have it exported and installed.");
        next.Add(parsed.GetValue(_dryRun) ? "Nothing was changed. Leave --dry-run out to use it." : "A proxy that is running uses it within seconds.");
        if (isThere) next.Add("Clients that trust the certificate it replaces, and not this one's root, have to trust it.");
        await new CaReport(Output).WriteAsync(parsed.GetValue(_json) ? WriteJsonAsync : null, folder, given.Chain, parsed.GetValue(_dryRun) ? "Would use, as" : "Uses, as", next);
        return ExitCode.Success;
    }
}
