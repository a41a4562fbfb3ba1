using System.Diagnostics.CodeAnalysis;

namespace ScriptProxy.Engine.Authentication;

/// <summary>A password as it stands in a user file: hashed, so that nobody who reads the file knows it. Immutable.</summary>
internal abstract class PasswordHash
{
    /// <summary>Longer passwords match nothing: some of these hashes take time that grows with the square of the length.</summary>
    public const int MaxPasswordBytes = 512;

    /// <summary>Reads what stands behind "user:" in a line of a user file.</summary>
    /// <param name="text">The hash in its usual notation.</param>
    /// <param name="hash">What it says.</param>
    /// <param name="problem">What is wrong with it, without quoting it; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PasswordHash? hash, [NotNullWhen(false)] out string? problem)
    {
        hash = null;
        problem = "this hash is damaged. Make the line again with scriptproxy hash-password USER.";
        var parts = text.Split('$');
        if (text.StartsWith("{SHA}", StringComparison.Ordinal)) hash = Sha1Hash.Parse(text["{SHA}".Length..]);
        else if (parts is ["", "pbkdf2-sha256", ..]) hash = Pbkdf2Hash.Parse(parts);
        else if (parts is ["", "apr1" or "1", var md5Salt, { Length: 22 } md5]) hash = new Md5CryptHash(parts[1], md5Salt, md5);
        else if (parts is ["", "5" or "6", ..]) hash = ShaCryptHash.Parse(parts);
        else if (parts is ["", "2a" or "2b" or "2x" or "2y", ..]) problem = "bcrypt hashes cannot be checked. Make the line again with scriptproxy hash-password USER.";
        else problem = "the password is not hashed, or in a way that is not known. Make the line with scriptproxy hash-password USER.";
        if (hash is not null) problem = null;
        return hash is not null;
    }

    /// <summary>Whether this is the password. Takes as long for a wrong one as for the right one; up to some hundred milliseconds.</summary>
    public bool Matches(ReadOnlySpan<byte> password) => password.Length <= MaxPasswordBytes && IsOf(password);

    protected abstract bool IsOf(ReadOnlySpan<byte> password);
}
