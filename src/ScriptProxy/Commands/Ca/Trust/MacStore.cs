namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>The system keychain of macOS.</summary>
internal sealed class MacStore : ITrustStore
{
    private const string Keychain = "/Library/Keychains/System.keychain";

    private readonly InstalledProgram _security = new("security", "It is part of macOS.");

    public string Name => "the system keychain";

    public string? Obstacle => Environment.IsPrivilegedProcess ? null : "only root may change it";

    public bool Has(TrustAnchor anchor) => _security.Try(null, "find-certificate", "-a", "-Z", Keychain).Output.Contains(anchor.Sha256, StringComparison.OrdinalIgnoreCase);

    public IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove) => remove
        ? [$"security delete-certificate -Z {anchor.Sha256} -t {Keychain}"]
        : [$"security add-trusted-cert -d -r trustRoot -k {Keychain} {anchor.Name}.pem"];

    public void Install(TrustAnchor anchor)
    {
        var folder = Directory.CreateTempSubdirectory("scriptproxy-");
        try
        {
            var path = Path.Combine(folder.FullName, anchor.Name + ".pem");
            File.WriteAllText(path, anchor.Pem);
            _security.Run(null, "add-trusted-cert", "-d", "-r", "trustRoot", "-k", Keychain, path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public void Remove(TrustAnchor anchor) => _security.Run(null, "delete-certificate", "-Z", anchor.Sha256, "-t", Keychain);
}
