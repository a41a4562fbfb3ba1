using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates.Truststores;

/// <summary>The roots that programs on this machine trust already: what a truststore has to hold beside ours where it takes the place of theirs.</summary>
internal static class SystemRoots
{
    /// <summary>Where distributions keep them in one file: Debian, Alpine, Fedora, RHEL, openSUSE, FreeBSD and macOS.</summary>
    private static readonly string[] Bundles =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/var/lib/ca-certificates/ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem",
        "/usr/local/share/certs/ca-root-nss.crt",
        "/etc/ssl/cert.pem",
    ];

    /// <summary>Reads them: the file that SSL_CERT_FILE names, else that of the system, else its certificate store.</summary>
    /// <param name="environment">The value of a variable; null when not set.</param>
    /// <returns>None on a system without any. Without keys; the caller disposes them.</returns>
    /// <exception cref="TruststoreException">SSL_CERT_FILE names a file that cannot be used.</exception>
    public static IReadOnlyList<X509Certificate2> Load(Func<string, string?> environment)
    {
        if (environment("SSL_CERT_FILE") is { Length: > 0 } named) return Read(named) ?? throw Unusable(named, null);
        foreach (var bundle in OperatingSystem.IsWindows() ? [] : Bundles)
        {
            if (Read(bundle) is { } roots) return roots;
        }

        return [.. OfStore(StoreLocation.LocalMachine), .. OfStore(StoreLocation.CurrentUser)];
    }

    /// <summary>Null when there is no such file, or none with certificates.</summary>
    private static X509Certificate2[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unusable(path, exception);
        }

        return roots.Count == 0 ? null : [.. roots];
    }

    private static X509Certificate2Collection OfStore(StoreLocation location)
    {
        using var store = new X509Store(StoreName.Root, location);
        try
        {
            store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            return store.Certificates;
        }
        catch (CryptographicException)
        {
            // A user without a store of their own trusts what the machine trusts.
            return [];
        }
    }

    private static TruststoreException Unusable(string path, Exception? exception) =>
        new($"{path}: no certificates in PEM form can be read from it. Unset SSL_CERT_FILE, or let it name the roots of this system.", exception);
}
