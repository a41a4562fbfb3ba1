using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The certificate that signs every leaf, with its key, and the certificates around it. One per install, kept in two files: ca.pem, to be handed
/// out, and ca-key.pem, which never leaves. A user's own authority works as well, ECDSA or RSA, a root or an intermediate with its chain.
/// </summary>
internal sealed partial class RootCertificate : IDisposable
{
    private static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    private readonly CertificateChain _chain;
    private readonly AsymmetricAlgorithm _key;

    private RootCertificate(CertificateChain chain, AsymmetricAlgorithm key, string pemPath)
    {
        _chain = chain;
        _key = key;
        PemPath = pemPath;
        SignatureGenerator = RootCertificateReader.NewSignatureGenerator(key);
    }

    /// <summary>The certificate that signs, without its key.</summary>
    public X509Certificate2 Certificate => _chain.Signer;

    /// <summary>What is sent with every leaf, signer first; none when the signer is a root, which clients have.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates => _chain.Intermediates;

    /// <summary>What clients have to trust, for truststores: the root that the signer leads to first, then those of an overlap (<see cref="CertificateChain.Anchors"/>). Without keys; disposed with this.</summary>
    public IReadOnlyList<X509Certificate2> Anchors => _chain.Anchors;

    /// <summary>When the first certificate from signer to root expires.</summary>
    public DateTimeOffset End => _chain.End;

    /// <summary>The full path of ca.pem: what clients need to trust.</summary>
    public string PemPath { get; }

    /// <summary>Signs leafs. Safe for concurrent use.</summary>
    public X509SignatureGenerator SignatureGenerator { get; }

    /// <inheritdoc cref="LoadOrCreate(RootCertificateFiles, TimeProvider, string)"/>
    public static RootCertificate LoadOrCreate(string directory, TimeProvider timeProvider, string? passphrase = null) =>
        LoadOrCreate(new RootCertificateFiles(directory), timeProvider, passphrase);

    /// <summary>Reads the root certificate of a folder, or makes it when the folder has none. Processes that start together end with the same one.</summary>
    /// <exception cref="RootCertificateException">It is there and cannot be used, or cannot be made.</exception>
    public static RootCertificate LoadOrCreate(RootCertificateFiles files, TimeProvider timeProvider, string? passphrase)
    {
        return files.Exist
            ? Load(files, timeProvider, passphrase)
            : files.WhileLocked(() =>
            {
                if (!files.Exist) Create(files, new RootProfile(), timeProvider.GetUtcNow());
                return Load(files, timeProvider, passphrase);
            });
    }

    /// <summary>Reads the root certificate of a folder.</summary>
    /// <exception cref="RootCertificateException">There is none, or it cannot be used.</exception>
    public static RootCertificate Load(RootCertificateFiles files, TimeProvider timeProvider, string? passphrase)
    {
        var pem = files.ReadCertificates();
        try
        {
            return Load(files, pem, timeProvider, passphrase);
        }
        catch (RootCertificateException) when (files.ReadCertificates() != pem)
        {
            // Both files were replaced between reading the one and the other.
            return Load(files, files.ReadCertificates(), timeProvider, passphrase);
        }
    }

    /// <summary>Makes a root and puts it in the place of what is there. The caller holds the lock.</summary>
    /// <exception cref="RootCertificateException">The folder cannot be written; it is as it was.</exception>
    public static void Create(RootCertificateFiles files, RootProfile profile, DateTimeOffset now)
    {
        using var key = profile.NewKey();
        using var certificate = CertificateTemplates.SignRoot(CertificateTemplates.Root(key, profile), key, now, profile.Lifetime);
        files.Replace(new CertificateChain([certificate]), RootCertificateReader.ExportKey(key));
    }

    /// <summary>Says that a certificate expires within two weeks, while there is time to replace it.</summary>
    public void WarnOfItsEnd(ILogger logger, TimeProvider timeProvider)
    {
        if (End - timeProvider.GetUtcNow() < Notice) Log.ExpiresSoon(logger, PemPath, End.UtcDateTime);
    }

    /// <summary>Forgets the key. Leafs that were handed out stay usable.</summary>
    public void Dispose()
    {
        _chain.Dispose();
        _key.Dispose();
    }

    private static RootCertificate Load(RootCertificateFiles files, string pem, TimeProvider timeProvider, string? passphrase)
    {
        var reader = new RootCertificateReader(files.CertificatePath, RootCertificateFiles.Remedy);
        var chain = new CertificateChain(reader.ParseCertificates(pem));
        try
        {
            reader.Check(chain, timeProvider.GetUtcNow().UtcDateTime);
            var (keyPath, keyPem) = files.ReadKey(chain.Signer);
            return new RootCertificate(chain, reader.ParseKey(chain.Signer, keyPath, keyPem, passphrase), files.CertificatePath);
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Path}: a certificate in it expires on {End:yyyy-MM-dd}, and clients will refuse all of ours from then on; scriptproxy ca show tells which")]
        public static partial void ExpiresSoon(ILogger logger, string path, DateTime end);
    }
}
