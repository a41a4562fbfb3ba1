namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The folder of the root certificate. The key is written before the certificate, each under another name and then renamed, so that
/// ca.pem means that both are complete; a process killed in between leaves a key alone, which the next start replaces.
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

    public RootCertificateFiles(string directory)
    {
        _directory = Path.GetFullPath(ExpandHome(directory));
        CertificatePath = Path.Combine(_directory, "ca.pem");
        KeyPath = Path.Combine(_directory, "ca-key.pem");
    }

    public string CertificatePath { get; }

    public string KeyPath { get; }

    /// <summary>Whether there is a certificate, and with it a key.</summary>
    public bool Exist => File.Exists(CertificatePath);

    public string ReadCertificate() => Read(CertificatePath, isSecret: false);

    /// <exception cref="RootCertificateException">It is missing, cannot be read, or others can read it too.</exception>
    public string ReadKey() => Read(KeyPath, isSecret: true);

    /// <summary>Writes both; the caller holds the lock.</summary>
    public void Write(string keyPem, string certificatePem)
    {
        try
        {
            Write(KeyPath, keyPem, OwnerOnly);
            Write(CertificatePath, certificatePem, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(exception);
        }
    }

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
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_directory);
            else Directory.CreateDirectory(_directory, OwnerOnlyDirectory);
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

    private static void Write(string path, string text, UnixFileMode mode)
    {
        // Under the lock a file of this name can only be a leftover; a new one gets its mode when it is created, before it has content.
        var temporary = path + ".new";
        File.Delete(temporary);

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

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
            var (missing, present) = isSecret ? (KeyPath, CertificatePath) : (CertificatePath, KeyPath);
            throw new RootCertificateException($"{missing}: missing, while {present} is there. Restore it, or delete {present} to have both made anew (clients then have to trust the new ca.pem).", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RootCertificateException($"{path}: cannot be read ({FirstLine(exception)}). Make it readable for the user that runs the proxy.", exception);
        }
    }

    private static void RefuseWhenShared(FileStream stream, string path)
    {
        if (OperatingSystem.IsWindows()) return;

        var mode = File.GetUnixFileMode(stream.SafeFileHandle);
        if ((mode & Others) == 0) return;
        var octal = Convert.ToString((int)mode, 8);
        throw new RootCertificateException($"{path}: other users may read or change this key (mode {octal}). Run: chmod 600 {path}");
    }

    private RootCertificateException CannotWrite(Exception exception) =>
        new($"{_directory}: cannot be written ({FirstLine(exception)}). Make it writable for the user that runs the proxy, or name another folder with --ca-dir.", exception);

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].TrimEnd('\r', '.');
}
