namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>The cacerts of one Java installation. Changed in a copy that then takes its place: keytool itself writes over the file.</summary>
internal sealed class JavaStore : ITrustStore
{
    private readonly InstalledProgram _keytool;
    private readonly string _path;
    private readonly string _password;

    /// <param name="homeOrFile">A Java home, or a truststore.</param>
    /// <param name="password">That of the truststore.</param>
    /// <exception cref="CaException">It has no cacerts.</exception>
    public JavaStore(string homeOrFile, string password)
    {
        string[] candidates = [homeOrFile, Path.Combine(homeOrFile, "lib/security/cacerts"), Path.Combine(homeOrFile, "jre/lib/security/cacerts")];
        var found = candidates.FirstOrDefault(File.Exists) ?? throw new CaException($"--java \"{homeOrFile}\": expected a Java home with lib/security/cacerts, or a truststore.", isUsage: true);

        // Debian's is a link; the file behind it is the one to replace.
        _path = new FileInfo(found).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(found);
        _password = password;
        var own = Path.Combine(homeOrFile, "bin/keytool");
        _keytool = new InstalledProgram(File.Exists(own) ? own : "keytool", "Install a JDK or JRE, or set PATH.");
    }

    public string Name => $"Java's {_path}";

    public string? Obstacle
    {
        get
        {
            try
            {
                using var stream = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                return null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return "it may not be written";
            }
        }
    }

    public bool Has(TrustAnchor anchor)
    {
        var (exitCode, output) = _keytool.Try(null, "-list", "-keystore", _path, "-storepass", _password, "-alias", anchor.Name);
        if (exitCode == 0) return true;
        if (output.Contains("does not exist", StringComparison.Ordinal)) return false;
        throw new CaException($"{_path}: keytool cannot read it: {output.Trim().ReplaceLineEndings(" ")}. Its password is given with --java-password.");
    }

    public IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove) =>
        [remove ? $"keytool -delete -keystore {_path} -alias {anchor.Name}" : $"keytool -importcert -noprompt -keystore {_path} -alias {anchor.Name}"];

    public void Install(TrustAnchor anchor) => Change(copy => _keytool.Run(anchor.Pem, "-importcert", "-noprompt", "-trustcacerts", "-keystore", copy, "-storepass", _password, "-alias", anchor.Name));

    public void Remove(TrustAnchor anchor) => Change(copy => _keytool.Run(null, "-delete", "-keystore", copy, "-storepass", _password, "-alias", anchor.Name));

    private void Change(Action<string> change)
    {
        var copy = $"{_path}.{Environment.ProcessId}.new";
        try
        {
            File.Copy(_path, copy, overwrite: true);
            change(copy);
            using (var written = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copy, File.GetUnixFileMode(_path));
            File.Move(copy, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaException($"{_path}: cannot be replaced ({exception.Message.Split('\n')[0].TrimEnd('\r', '.')}).", innerException: exception);
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
