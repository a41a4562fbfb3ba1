using ScriptProxy.Engine;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>A certificate database of NSS: a profile of Firefox, or that of Chromium and Chrome on Linux.</summary>
/// <param name="folder">Where cert9.db is, or will be.</param>
internal sealed class NssStore(string folder) : ITrustStore
{
    private readonly InstalledProgram _certutil = new("certutil", "Install it: apt install libnss3-tools (Debian, Ubuntu), dnf install nss-tools (Fedora), apk add nss-tools (Alpine), brew install nss (macOS).");

    public string Name => $"the browser's database in {folder}";

    public string? Obstacle => null;

    private string Database => "sql:" + folder;

    /// <summary>Those of the user: every profile of Firefox, and the one that Chromium and Chrome share.</summary>
    /// <param name="home">The home folder.</param>
    public static IReadOnlyList<NssStore> Find(string home)
    {
        string[] profiles =
        [
            Path.Combine(home, ".mozilla/firefox"), Path.Combine(home, "snap/firefox/common/.mozilla/firefox"), Path.Combine(home, ".var/app/org.mozilla.firefox/.mozilla/firefox"),
            Path.Combine(home, "Library/Application Support/Firefox/Profiles"), Path.Combine(home, "AppData/Roaming/Mozilla/Firefox/Profiles"),
        ];
        var found = profiles.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Where(profile => File.Exists(Path.Combine(profile, "cert9.db")));
        string[] shared = [Path.Combine(home, ".pki/nssdb"), Path.Combine(home, "snap/chromium/current/.pki/nssdb")];
        return [.. found.Concat(shared.Where(folder => File.Exists(Path.Combine(folder, "cert9.db")))).Select(folder => new NssStore(folder))];
    }

    public bool Has(TrustAnchor anchor) => File.Exists(Path.Combine(folder, "cert9.db")) && _certutil.Try(null, "-L", "-d", Database, "-n", anchor.Name).ExitCode == 0;

    public IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove)
    {
        if (remove) return [$"certutil -D -d {Database} -n {anchor.Name}"];
        string[] add = [$"certutil -A -d {Database} -n {anchor.Name} -t C,, -a"];
        return File.Exists(Path.Combine(folder, "cert9.db")) ? add : [$"certutil -N -d {Database} --empty-password", .. add];
    }

    public void Install(TrustAnchor anchor)
    {
        if (!File.Exists(Path.Combine(folder, "cert9.db")))
        {
            MakeFolder();
            _certutil.Run(null, "-N", "-d", Database, "--empty-password");
        }

        _certutil.Run(anchor.Pem, "-A", "-d", Database, "-n", anchor.Name, "-t", "C,,", "-a");
    }

    public void Remove(TrustAnchor anchor) => _certutil.Run(null, "-D", "-d", Database, "-n", anchor.Name);

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaException($"--nss {folder}: cannot be written ({NamedFile.WhyFolderUnwritable(folder, exception)}). Name the folder of a database, or where one can be made.", innerException: exception);
        }
    }
}
