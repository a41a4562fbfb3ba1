using System.Text;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>The roots of a Linux system: a file in the folder for additions, and the program that makes of it what OpenSSL, curl, GnuTLS and Java read.</summary>
internal sealed class LinuxStore : ITrustStore
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly (string Folder, string Extension, string Program)[] Known =
    [
        ("etc/pki/ca-trust/source/anchors", ".pem", "update-ca-trust"),
        ("etc/ca-certificates/trust-source/anchors", ".crt", "update-ca-trust"),
        ("etc/pki/trust/anchors", ".pem", "update-ca-certificates"),
        ("usr/local/share/ca-certificates", ".crt", "update-ca-certificates"),
    ];

    private readonly string _root;
    private readonly string _folder;
    private readonly string _extension;
    private readonly string _program;

    private LinuxStore(string root, (string Folder, string Extension, string Program) kind)
    {
        _root = root;
        _folder = Path.Combine(root, kind.Folder);
        _extension = kind.Extension;
        _program = kind.Program;
    }

    public string Name => _root == "/" ? "this system" : $"the system in {_root}";

    public string? Obstacle => _root == "/" && !Environment.IsPrivilegedProcess ? "only root may change it" : null;

    private bool UpdatesItself => _root == "/";

    /// <summary>Finds out which distribution it is: Fedora and RHEL, Arch, openSUSE, or Debian, Ubuntu and Alpine.</summary>
    /// <param name="root">"/", or a folder that holds a system, such as an image in the making.</param>
    /// <exception cref="CaException">It is none of these.</exception>
    public static LinuxStore Of(string root)
    {
        foreach (var kind in Known)
        {
            if (Directory.Exists(Path.Combine(root, kind.Folder))) return new LinuxStore(root, kind);
        }

        throw new CaException(
            $"{root}: has none of the folders that Debian, Ubuntu, Alpine, Fedora, RHEL, openSUSE and Arch keep own roots in. Install the package ca-certificates, or use scriptproxy ca export --format bundle.");
    }

    // Both, so that one that was cut off in between is completed.
    public bool Has(TrustAnchor anchor) => File.Exists(PathOf(anchor)) && (!UpdatesItself || IsInBundle(anchor));

    public IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove)
    {
        var file = remove ? $"rm {PathOf(anchor)}" : $"write {PathOf(anchor)}";
        return UpdatesItself ? [file, _program] : [file, $"to be run in it: {_program}"];
    }

    public void Install(TrustAnchor anchor) => Change(() => AtomicFile.Write(PathOf(anchor), Encoding.ASCII.GetBytes(anchor.Pem), Mode));

    public void Remove(TrustAnchor anchor) => Change(() => File.Delete(PathOf(anchor)));

    private void Change(Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaException($"{_folder}: cannot be written ({NamedFile.WhyFolderUnwritable(_folder, exception)}).", innerException: exception);
        }

        if (UpdatesItself) new InstalledProgram(_program, "Install the package ca-certificates.").Run(null, _program == "update-ca-trust" ? ["extract"] : ["--verbose"]);
    }

    private string PathOf(TrustAnchor anchor) => Path.Combine(_folder, anchor.Name + _extension);

    private static bool IsInBundle(TrustAnchor anchor) => SystemRoots.Load(_ => null).Any(root => TrustAnchor.Of(root).Sha256 == anchor.Sha256);
}
