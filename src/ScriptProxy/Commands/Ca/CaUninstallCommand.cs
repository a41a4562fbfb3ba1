using System.CommandLine;
using ScriptProxy.Cli.Commands.Ca.Trust;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Takes the root, or a former one by its fingerprint, out of what this system, browsers or a Java installation trust.</summary>
internal sealed class CaUninstallCommand : CaSubcommand
{
    private readonly TrustStores _stores = new();
    private readonly Option<string> _sha256 = new("--sha256") { HelpName = "FINGERPRINT", Description = "Remove the one with this fingerprint, which need not be that of ca.pem any more." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done; do nothing." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaUninstallCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("uninstall", "Take the root certificate out of what this system, browsers, or a Java installation trust.", output, error, environment)
    {
        _stores.AddTo(this);
        foreach (var option in new Option[] { _sha256, _dryRun, _json }) Add(option);
    }

    public override IReadOnlyList<string> Examples => ["sudo scriptproxy ca uninstall --ca-dir ~/.scriptproxy", "scriptproxy ca uninstall --browsers --dry-run"];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        var change = new TrustChange(Output, folder.Files.Directory, parsed.GetValue(_dryRun));
        var json = parsed.GetValue(_json);
        if (parsed.GetValue(_sha256) is { } text)
        {
            await change.RunAsync(_stores.Of(parsed), [new TrustAnchor(Fingerprint(text), null)], remove: true, json ? WriteJsonAsync : null);
            return ExitCode.Success;
        }

        using var chain = folder.ReadChain();
        await change.RunAsync(_stores.Of(parsed), [.. chain.Anchors.Select(TrustAnchor.Of)], remove: true, json ? WriteJsonAsync : null);
        return ExitCode.Success;
    }

    private static string Fingerprint(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigitLower) ? digits : throw new CaException($"--sha256 \"{text}\": expected 64 hexadecimal digits, with or without colons, as scriptproxy ca show prints them.", isUsage: true);
    }
}
