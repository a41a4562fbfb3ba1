using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ScriptProxy.Cli.Launching;

/// <summary>Whether what is typed at the terminal, Ctrl+C for one, reaches this process and its children alike.</summary>
internal static partial class Foreground
{
    /// <summary>Whether our process group, to which the children belong, is the one in front of our terminal.</summary>
    public static bool IsOurs()
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            using SafeFileHandle terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return TerminalGroup(terminal) == OwnGroup();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No terminal.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetpgrp", SetLastError = true)]
    private static partial int TerminalGroup(SafeFileHandle terminal);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int OwnGroup();
}
