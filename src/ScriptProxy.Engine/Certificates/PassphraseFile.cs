namespace ScriptProxy.Engine.Certificates;

/// <summary>A file whose first line is a passphrase, as secrets are mounted.</summary>
internal static class PassphraseFile
{
    private const int MaxChars = 4096;

    /// <param name="path">Null for none.</param>
    /// <param name="option">How messages name it.</param>
    /// <returns>Without the line's end; null when there is no path.</returns>
    /// <exception cref="RootCertificateException">It cannot be read, or its first line is empty or far too long.</exception>
    public static string? Read(string? path, string option)
    {
        if (path is null) return null;
        try
        {
            using var reader = new StreamReader(RootCertificateFiles.ExpandHome(path));
            var buffer = new char[MaxChars];
            var text = buffer.AsSpan(0, reader.ReadBlock(buffer));
            var end = text.IndexOfAny('\r', '\n');
            if (end < 0 && text.Length == MaxChars) throw new RootCertificateException($"{option} {path}: its first line is longer than {MaxChars} characters.");
            var passphrase = (end < 0 ? text : text[..end]).ToString();
            return passphrase.Length > 0 ? passphrase : throw new RootCertificateException($"{option} {path}: its first line is empty; expected a passphrase.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RootCertificateException($"{option} {path}: cannot be read ({NamedFile.WhyUnreadable(RootCertificateFiles.ExpandHome(path), exception)}). Name a file whose first line is the passphrase.", exception);
        }
    }
}
