using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;

namespace ScriptProxy.Cli.Commands.Ca;

/// <summary>The folder of the root certificate, as commands look at it and change it.</summary>
/// <param name="files">The folder.</param>
/// <param name="passphrase">Of its key; null when that is not encrypted.</param>
internal sealed class CaFolder(RootCertificateFiles files, string? passphrase)
{
    public RootCertificateFiles Files => files;

    /// <summary>Certificates and key, checked as at a start; the caller disposes it.</summary>
    /// <exception cref="RootCertificateException">There are none, or they cannot be used.</exception>
    public RootCertificate Load() => RootCertificate.Load(files, TimeProvider.System, passphrase);

    /// <summary>The certificates alone, good or not; the caller disposes it.</summary>
    /// <exception cref="RootCertificateException">There are none, or they cannot be read.</exception>
    public CertificateChain ReadChain() => new(new RootCertificateReader(files.CertificatePath, RootCertificateFiles.Remedy).ParseCertificates(files.ReadCertificates()));

    /// <summary>What keeps the proxy from starting with it; null when nothing does.</summary>
    public string? Problem()
    {
        try
        {
            Load().Dispose();
            return null;
        }
        catch (RootCertificateException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Where the signer's key is and who may read it.</summary>
    /// <returns>Null when there is none.</returns>
    public (string Path, string? Mode)? Key(X509Certificate2 signer)
    {
        var path = files.HasKey(signer) ? files.KeyPathOf(signer) : files.KeyPath;
        if (!File.Exists(path)) return null;
        return (path, OperatingSystem.IsWindows() ? null : Convert.ToString((int)File.GetUnixFileMode(path), 8).PadLeft(4, '0'));
    }

    /// <summary>Puts a new authority in its place, unless there is one that nobody said to replace.</summary>
    /// <param name="force">Whether an existing one is to be replaced.</param>
    /// <param name="change">Does it, under the lock.</param>
    /// <exception cref="CaException">There is one already.</exception>
    public void Replace(bool force, Action change) => files.WhileLocked(() =>
    {
        if (files.Exist && !force)
            throw new CaException($"{files.CertificatePath}: is there already, and clients may trust it. To replace it: --force; to replace it without an interruption: scriptproxy ca rotate");
        change();
        return true;
    });
}
