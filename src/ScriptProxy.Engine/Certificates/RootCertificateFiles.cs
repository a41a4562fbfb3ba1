using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The folder of the root certificate. A new key is first kept under a name of its own, ca-key-DIGITS.pem, by which its certificate finds it;
/// then ca.pem is renamed into place, and with that all has changed at once; then the key gets its usual name. A process killed in between leaves the
/// old state or the new one, and a file that the next change removes. Where there is no ca.pem, the names of a Kubernetes TLS secret are looked for: tls.crt, tls.key, ca.crt.
/// </summary>
internal sealed class RootCertificateFiles
{
    /// <summary>What to do about a file that is there and no good.</summary>
    public const string Remedy = "Put the right file in its place, or delete ca.pem and ca-key.pem to have new ones made (clients then have to trust the new ca.pem).";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>No root certificate or key is this long; a device or a log file is not read to its end.</summary>
    private const int MaxFileChars = 1024 * 1024;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);
    private readonly string _directory;
    private readonly string _ownPath;
    private readonly string _secretPath;
    private readonly Action? _before;

    /// <param name="directory">"~/" stands for the home folder. Created with mode 0700 when something is to be written.</param>
    /// <param name="before">Called before each change to a file of it, so that tests can end there; null for nothing.</param>
    public RootCertificateFiles(string directory, Action? before = null)
    {
        _directory = Path.GetFullPath(ExpandHome(directory));
        _ownPath = Path.Combine(_directory, "ca.pem");
        _secretPath = Path.Combine(_directory, "tls.crt");
        _before = before;
    }

    /// <summary>The full path.</summary>
    public string Directory => _directory;

    /// <summary>The file with the certificates; ca.pem where there is none.</summary>
    public string CertificatePath => IsSecret ? _secretPath : _ownPath;

    /// <summary>Where the signer's key is, unless a change was cut off.</summary>
    public string KeyPath => Path.Combine(_directory, IsSecret ? "tls.key" : "ca-key.pem");

    /// <summary>Whether there is a certificate, and with it a key.</summary>
    public bool Exist => File.Exists(_ownPath) || File.Exists(_secretPath);

    /// <summary>Whether this is a mounted Kubernetes secret, whose names are others.</summary>
    private bool IsSecret => !File.Exists(_ownPath) && File.Exists(_secretPath);

    /// <summary>All certificates, those of the issuer (ca.crt) too where a secret has them.</summary>
    /// <exception cref="RootCertificateException">There are none, or they cannot be read.</exception>
    public string ReadCertificates()
    {
        if (!Exist) throw Missing();
        var issuer = Path.Combine(_directory, "ca.crt");
        return IsSecret && File.Exists(issuer) ? Read(_secretPath, isSecret: false) + "\n" + Read(issuer, isSecret: false) : Read(CertificatePath, isSecret: false);
    }

    /// <summary>The key that belongs to a certificate.</summary>
    /// <exception cref="RootCertificateException">It is missing, cannot be read, or others can read it too.</exception>
    public (string Path, string Pem) ReadKey(X509Certificate2 certificate)
    {
        var ownName = KeyPathOf(certificate);
        if (File.Exists(ownName))
        {
            try
            {
                return (ownName, Read(ownName, isSecret: true));
            }
            catch (RootCertificateException exception) when (exception.InnerException is FileNotFoundException)
            {
                // It has just been given its usual name.
            }
        }

        return (KeyPath, Read(KeyPath, isSecret: true));
    }

    /// <summary>Puts certificates and the signer's key in the place of what is there; the caller holds the lock.</summary>
    /// <param name="chain">Written as ca.pem.</param>
    /// <param name="keyPem">The signer's key; null when it is in the folder already, under the name of its own.</param>
    /// <exception cref="RootCertificateException">The folder cannot be written; certificate and key in force are as they were.</exception>
    public void Replace(CertificateChain chain, string? keyPem)
    {
        try
        {
            Settle();
            var usualName = Path.Combine(_directory, "ca-key.pem");
            if (System.IO.Directory.Exists(usualName)) throw new IOException($"{usualName} is a folder");
            if (keyPem is not null) Write(KeyPathOf(chain.Signer), keyPem, OwnerOnly);
            Write(_ownPath, chain.ExportPem(), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception);
        }

        SettleIfPossible();
    }

    /// <summary>Keeps the key of a certificate that is to sign later, under a name of its own; the caller holds the lock, and then writes ca.pem with that certificate in it.</summary>
    /// <exception cref="RootCertificateException">The folder cannot be written.</exception>
    public void KeepKey(X509Certificate2 certificate, string keyPem)
    {
        try
        {
            Settle();
            Write(KeyPathOf(certificate), keyPem, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception);
        }
    }

    /// <summary>Writes ca.pem anew, for a signer whose key stays; the caller holds the lock.</summary>
    /// <exception cref="RootCertificateException">The folder cannot be written; ca.pem is as it was.</exception>
    public void ReplaceCertificates(CertificateChain chain)
    {
        try
        {
            Write(_ownPath, chain.ExportPem(), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception);
        }

        SettleIfPossible();
    }

    /// <summary>Whether the folder has the key of a certificate that is to sign later.</summary>
    public bool HasKey(X509Certificate2 certificate) => File.Exists(KeyPathOf(certificate));

    /// <summary>Runs <paramref name="action"/> while no other process does the same for this folder, which is created when missing.</summary>
    public T WhileLocked<T>(Func<T> action)
    {
        CreateDirectory();
        using var held = TakeLock();
        return action();
    }

    /// <summary>A folder with a leading ~ replaced by the home folder.</summary>
    /// <exception cref="RootCertificateException">There is no home folder.</exception>
    public static string ExpandHome(string directory)
    {
        if (directory != "~" && !directory.StartsWith("~/", StringComparison.Ordinal)) return directory;

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        if (home.Length == 0) throw new RootCertificateException($"{directory}: there is no home folder. Set HOME, or name a folder with --ca-dir.");
        return home + directory[1..];
    }

    private void CreateDirectory()
    {
        try
        {
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(_directory);
            else System.IO.Directory.CreateDirectory(_directory, OwnerOnlyDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception);
        }
    }

    /// <summary>The system drops the lock when its holder dies; the empty file stays.</summary>
    private FileStream TakeLock()
    {
        var path = Path.Combine(_directory, ".lock");
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;

        var deadline = Environment.TickCount64 + (long)LockTimeout.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException) && IsLocked(exception))
            {
                if (Environment.TickCount64 > deadline)
                    throw new RootCertificateException($"{path}: another process has held this lock for {LockTimeout.TotalSeconds} s. End it, and start again.", exception);
                Thread.Sleep(20);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw CannotWrite(exception);
            }
        }
    }

    /// <summary>EWOULDBLOCK from flock, or ERROR_SHARING_VIOLATION.</summary>
    private static bool IsLocked(IOException exception) => (exception.HResult & 0xffff) is 11 or 35 or 32;

    // Under the lock a file of the temporary name can only be a leftover.
    private void Write(string path, string text, UnixFileMode mode) => AtomicFile.Write(path, Encoding.ASCII.GetBytes(text), mode, path + ".new", _before);

    /// <summary>After ca.pem is in place the change is made, whatever happens here.</summary>
    private void SettleIfPossible()
    {
        try
        {
            Settle();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The key is found under the name of its own as well; the next change tries again.
        }
    }

    /// <summary>Gives the signer's key its usual name, and removes keys that no certificate of ca.pem belongs to. What was cut off before is completed so.</summary>
    private void Settle()
    {
        if (!File.Exists(_ownPath)) return;
        IReadOnlyList<X509Certificate2> certificates;
        try
        {
            certificates = new RootCertificateReader(_ownPath, Remedy).ParseCertificates(Read(_ownPath, isSecret: false));
        }
        catch (RootCertificateException)
        {
            // Not ours to tidy: it is damaged, and about to be replaced.
            return;
        }

        var needed = certificates.Select(KeyPathOf).ToHashSet(StringComparer.Ordinal);
        var signers = KeyPathOf(certificates[0]);
        foreach (var certificate in certificates) certificate.Dispose();
        if (File.Exists(signers))
        {
            _before?.Invoke();
            File.Move(signers, KeyPath, overwrite: true);
        }

        string[] found = [.. System.IO.Directory.EnumerateFiles(_directory, "ca-key-*.pem"), .. System.IO.Directory.EnumerateFiles(_directory, "ca*.pem.new")];
        foreach (var path in found)
        {
            if (needed.Contains(path)) continue;
            _before?.Invoke();
            File.Delete(path);
        }
    }

    /// <summary>The name of a key of its own: with digits of its public key, so that a certificate finds it.</summary>
    public string KeyPathOf(X509Certificate2 certificate) =>
        Path.Combine(_directory, $"ca-key-{Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()).AsSpan(0, 8))}.pem");

    private string Read(string path, bool isSecret)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (isSecret) RefuseWhenShared(stream, path);

            using var reader = new StreamReader(stream);
            var buffer = new char[MaxFileChars];
            var length = reader.ReadBlock(buffer);
            return length < MaxFileChars ? new string(buffer, 0, length) : throw new RootCertificateException($"{path}: far too long for a PEM file. {Remedy}");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            var present = isSecret ? CertificatePath : KeyPath;
            throw new RootCertificateException($"{path}: missing, while {present} is there. Restore it, or delete {present} to have both made anew (clients then have to trust the new ca.pem).", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RootCertificateException($"{path}: cannot be read ({NamedFile.WhyUnreadable(path, exception)}). Make it readable for the user that runs the proxy.", exception);
        }
    }

    private static void RefuseWhenShared(FileStream stream, string path)
    {
        if (OperatingSystem.IsWindows()) return;

        var mode = File.GetUnixFileMode(stream.SafeFileHandle);
        if (!MayHave(mode, () => CanTighten(stream, mode)))
        {
            var octal = Convert.ToString((int)mode, 8);
            throw new RootCertificateException($"{path}: other users may read or change this key (mode {octal}). Run: chmod 600 {path} (for a mounted Kubernetes secret, set defaultMode: 0400)");
        }
    }

    /// <summary>
    /// Whether a key may have this mode: only its owner may read it. Its group may as well where the mode is not ours to change, because the file belongs to
    /// another user or lies in a read-only mount: so Kubernetes hands secrets to a process by fsGroup. Everybody never.
    /// </summary>
    internal static bool MayHave(UnixFileMode mode, Func<bool> canTighten) => (mode & Others) switch
    {
        UnixFileMode.None => true,
        UnixFileMode.GroupRead => !canTighten(),
        _ => false,
    };

    /// <summary>Only its owner may change the mode of a file, and only where the file system lets write.</summary>
    private static bool CanTighten(FileStream stream, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What cannot be looked into seems empty.</summary>
    private RootCertificateException Missing()
    {
        try
        {
            if (System.IO.Directory.Exists(_directory)) System.IO.Directory.GetFiles(_directory);
            return new RootCertificateException($"{_ownPath}: there is no root certificate yet. Make one: scriptproxy ca create");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new RootCertificateException($"{_directory}: cannot be read ({FirstLine(exception)}). Use the command as the user that runs the proxy, or name another folder with --ca-dir.", exception);
        }
    }

    private RootCertificateException CannotWrite(Exception exception) =>
        new($"{_directory}: cannot be written ({NamedFile.WhyFolderUnwritable(_directory, exception)}). Make it writable for the user that runs the proxy, or name another folder with --ca-dir.", exception);

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].TrimEnd('\r', '.');
}
