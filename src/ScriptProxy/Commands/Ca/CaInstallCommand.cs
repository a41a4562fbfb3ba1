using System.CommandLine;
using ScriptProxy.Cli.Commands.Ca.Trust;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>Makes this system, browsers or a Java installation trust the root. Says each step; what is there already is left alone.</summary>
internal sealed class CaInstallCommand : CaSubcommand
{
    private readonly TrustStores _stores = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done; do nothing." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document." };

    public CaInstallCommand(TextWriter output, TextWriter error, Func<string, string?> environment)
        : base("install", "Make this system, browsers, or a Java installation trust the root certificate.", output, error, environment)
    {
        _stores.AddTo(this);
        Add(_dryRun);
        Add(_json);
    }

    public override IReadOnlyList<string> Examples => ["scriptproxy ca install --dry-run", "sudo scriptproxy ca install --ca-dir ~/.scriptproxy", "scriptproxy ca install --browsers", "scriptproxy ca install --java \"$JAVA_HOME\""];

    protected override async Task<int> RunAsync(CaFolder folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var root = folder.Load();
        var change = new TrustChange(Output, folder.Files.Directory, parsed.GetValue(_dryRun));
        await change.RunAsync(_stores.Of(parsed), [.. root.Anchors.Select(TrustAnchor.Of)], remove: false, parsed.GetValue(_json) ? WriteJsonAsync : null);
        return ExitCode.Success;
    }
}
