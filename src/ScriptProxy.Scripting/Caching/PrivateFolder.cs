using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Caching;

/// <summary>A folder whose content will be run as code, and which therefore nobody else may write to.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Makes the folder when it is missing (mode 0700), and checks whose it is. One that belongs to root and that only root can write to is good, too.</summary>
    /// <returns>Why it must not be used, and what to do; null when all is well.</returns>
    public static string? Prepare(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                // Below the user's profile, whose access control is inherited.
                Directory.CreateDirectory(path);
                return null;
            }

            if (!Directory.Exists(path)) Directory.CreateDirectory(path, OwnerOnly);
            return Distrust(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message.Split('\n')[0].TrimEnd('\r', '.');
        }
    }

    /// <summary>The rule, for a folder that is there.</summary>
    /// <returns>Why it must not be used; null when all is well.</returns>
    internal static string? Distrust(string path, UnixFileMode mode, uint owner, uint user)
    {
        if (owner == 0 && user != 0)
            return (mode & OthersWrite) == 0 ? null : "it belongs to root, and others may write to it, while what lies in it is run as code";
        if (owner != user) return "it belongs to another user, while what lies in it is run as code";
        return (mode & Others) == 0 ? null : $"others may use it (mode {Convert.ToString((int)mode, 8)}), while what lies in it is run as code. Run: chmod 700 {path}";
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string? Distrust(string path)
    {
        var mode = File.GetUnixFileMode(path);
        var user = FileStatus.CurrentUser() ?? 0;
        if (FileStatus.Of(path)?.Owner is { } owner) return Distrust(path, mode, owner, user);
        if (user == 0) return "its owner cannot be told on this system, and root runs nobody else's code";

        File.SetUnixFileMode(path, mode); // only its owner may
        return Distrust(path, mode, user, user);
    }
}
