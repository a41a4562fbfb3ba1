using System.Security.Cryptography.X509Certificates;
using System.Text;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Certificates.Truststores;

namespace ScriptProxy.Cli.Clients;

/// <summary>Writes the files that <see cref="ClientVariables"/> name. They hold certificates only, and settings; no key.</summary>
internal static class ClientFiles
{
    /// <summary>What Java calls its own truststore's password. The file holds nothing that is secret.</summary>
    public const string TruststorePassword = "changeit";

    /// <summary>Roots that a user added for one kind of program stay trusted.</summary>
    private static readonly string[] UsersOwn = ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "DENO_CERT"];

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where the modules for Node.js and PHP are: beside the program, so that they are there for as long as anything may name them.</summary>
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "clients");

    /// <summary>Writes them below the folder of the root certificate, for clients to name for as long as they like; into a folder for temporary files where that cannot be written.</summary>
    /// <param name="rootCertificatePath">ca.pem.</param>
    /// <param name="environment">The variables of the client so far; those that name roots count.</param>
    /// <exception cref="TruststoreException">They cannot be written anywhere, or roots of the system cannot be read.</exception>
    public static ClientPaths Write(string rootCertificatePath, Func<string, string?> environment)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(rootCertificatePath))!, "clients");
        var own = new X509Certificate2Collection();
        own.ImportFromPemFile(rootCertificatePath);
        var roots = SystemRoots.Load(environment).Concat(OfUser(environment)).ToList();
        try
        {
            return Write(folder, own, roots, environment);
        }
        catch (TruststoreException)
        {
            // A certificate folder that is mounted read-only.
            var temporary = Directory.CreateTempSubdirectory("scriptproxy-").FullName;
            return Write(temporary, own, roots, environment) with { TemporaryFolder = temporary };
        }
    }

    /// <summary>Removes what was written into a folder for temporary files, if it was.</summary>
    public static void RemoveTemporary(ClientPaths paths)
    {
        if (paths.TemporaryFolder is null) return;
        try
        {
            Directory.Delete(paths.TemporaryFolder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A few files with certificates stay behind, where such files are removed in time.
        }
    }

    /// <summary>Writes ca.pem, ca-bundle.pem and truststore.p12 for another machine or a container.</summary>
    /// <param name="rootCertificatePath">ca.pem.</param>
    /// <param name="folder">Made when missing.</param>
    /// <param name="environment">The variables of this process; SSL_CERT_FILE counts.</param>
    /// <exception cref="TruststoreException">They cannot be written.</exception>
    public static void Export(string rootCertificatePath, string folder, Func<string, string?> environment)
    {
        var own = new X509Certificate2Collection();
        own.ImportFromPemFile(rootCertificatePath);
        var trust = TrustFiles.Write(folder, [.. own], SystemRoots.Load(environment), TruststorePassword);
        if (OperatingSystem.IsWindows()) return;

        // Certificates are public, and containers run as somebody else.
        foreach (var path in new[] { trust.CertificatePath, trust.BundlePath, trust.Pkcs12Path }) File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(trust.Directory, File.GetUnixFileMode(trust.Directory) | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    /// <summary>The files as they are called in a folder of another machine, or of a container.</summary>
    public static ClientPaths In(string folder) => new()
    {
        Certificate = $"{folder.TrimEnd('/')}/ca.pem",
        Bundle = $"{folder.TrimEnd('/')}/ca-bundle.pem",
        Truststore = $"{folder.TrimEnd('/')}/truststore.p12",
    };

    private static ClientPaths Write(string folder, X509Certificate2Collection own, IReadOnlyList<X509Certificate2> roots, Func<string, string?> environment)
    {
        var trust = TrustFiles.Write(folder, [.. own], roots, TruststorePassword);
        return new ClientPaths
        {
            Certificate = trust.CertificatePath,
            Bundle = trust.BundlePath,
            Truststore = trust.Pkcs12Path,
            TruststorePassword = trust.Password,
            WgetRc = WriteText(Path.Combine(folder, "wgetrc"), WgetRc(trust.BundlePath, environment)),
            PhpIniFolder = Path.GetDirectoryName(WriteText(Path.Combine(folder, "php", "scriptproxy.ini"), PhpIni(trust.BundlePath))),
            NodePreload = Path.Combine(Shipped, "node-proxy.cjs"),
        };
    }

    private static List<X509Certificate2> OfUser(Func<string, string?> environment)
    {
        var roots = new List<X509Certificate2>();
        foreach (var path in UsersOwn.Select(environment).OfType<string>().Where(File.Exists).Distinct(StringComparer.Ordinal))
        {
            var found = new X509Certificate2Collection();
            try
            {
                found.ImportFromPemFile(path);
                roots.AddRange(found);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
            {
                // What its own program could not have read either is not missed.
            }
        }

        return roots;
    }

    private static string WriteText(string path, string text)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(text), OwnerOnly);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TruststoreException($"{path}: cannot be written ({NamedFile.WhyUnwritable(path, exception)}).", exception);
        }
    }

    /// <summary>WGETRC takes the place of the user's own file, so that comes first.</summary>
    private static string WgetRc(string bundle, Func<string, string?> environment)
    {
        var users = environment("WGETRC") is { Length: > 0 } named ? named : environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".wgetrc") : "";
        var own = $"# Written by scriptproxy: what follows is the user's own wgetrc, then our roots.{Environment.NewLine}";
        var text = ReadOrEmpty(users);
        if (text.StartsWith(own, StringComparison.Ordinal)) return text;
        return $"{own}{text.TrimEnd()}{Environment.NewLine}ca_certificate = {bundle}{Environment.NewLine}";
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Wget could not read it either.
            return "";
        }
    }

    private static string PhpIni(string bundle) =>
        $"""
        ; Written by scriptproxy: roots for curl and for streams, and the proxy for streams, which know no variable for it.
        curl.cainfo = "{bundle}"
        openssl.cafile = "{bundle}"
        auto_prepend_file = "{Path.Combine(Shipped, "php-proxy.php")}"

        """;
}
