using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>
/// A folder with what one process needs in order to trust us, in the three forms that programs read. Made for a run and removed after it, or kept.
/// </summary>
internal sealed class TrustFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private TrustFiles(string directory, string password)
    {
        Directory = directory;
        Password = password;
        CertificatePath = Path.Combine(directory, "ca.pem");
        BundlePath = Path.Combine(directory, "ca-bundle.pem");
        Pkcs12Path = Path.Combine(directory, "truststore.p12");
    }

    /// <summary>The full path of the folder.</summary>
    public string Directory { get; }

    /// <summary>Our root alone: for variables that add to what a program trusts.</summary>
    public string CertificatePath { get; }

    /// <summary>The system's roots and ours: for variables that take the place of what a program trusts.</summary>
    public string BundlePath { get; }

    /// <summary>The system's roots and ours for Java, whose truststore takes the place of its own.</summary>
    public string Pkcs12Path { get; }

    /// <summary>The password of <see cref="Pkcs12Path"/>; no secret, for the file holds none.</summary>
    public string Password { get; }

    /// <summary>Writes all three, each at once: a reader sees the old file or the new one.</summary>
    /// <param name="directory">Made when missing, with mode 0700.</param>
    /// <param name="own">What clients of ours have to trust: <see cref="RootCertificate.Anchors"/>.</param>
    /// <param name="system">From <see cref="SystemRoots.Load"/>.</param>
    /// <param name="password">For the PKCS#12 file.</param>
    /// <exception cref="TruststoreException">The folder cannot be written.</exception>
    public static TrustFiles Write(string directory, IReadOnlyList<X509Certificate2> own, IReadOnlyList<X509Certificate2> system, string password)
    {
        var files = new TrustFiles(Path.GetFullPath(directory), password);
        var ours = TrustedCertificate.Join(own, []);
        var all = TrustedCertificate.Join(own, system);
        try
        {
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(files.Directory);
            else System.IO.Directory.CreateDirectory(files.Directory, OwnerOnly | UnixFileMode.UserExecute);
            AtomicFile.Write(files.CertificatePath, PemTruststore.Write(ours), OwnerOnly);
            AtomicFile.Write(files.BundlePath, PemTruststore.Write(all), OwnerOnly);
            AtomicFile.Write(files.Pkcs12Path, Pkcs12Truststore.Write(all, password), OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TruststoreException($"{files.Directory}: cannot be written ({NamedFile.WhyFolderUnwritable(files.Directory, exception)}). Name a folder that can be.", exception);
        }

        return files;
    }
}
