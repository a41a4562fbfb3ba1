using System.Runtime.InteropServices;

namespace ScriptProxy.Engine.Connections;

/// <summary>What the framework has no call for.</summary>
internal static partial class Libc
{
    public const int CloseOnExec = 1;
    private const int Duplicate = 0;
    private const int SetFlags = 2;

    /// <summary>Sets the flags of a descriptor (fcntl F_SETFD).</summary>
    /// <returns>Less than 0 when there is no such descriptor.</returns>
    public static int SetDescriptorFlags(int descriptor, int flags) => OperatingSystem.IsWindows() ? -1 : FileControl(descriptor, SetFlags, flags);

    /// <summary>The number that the next file to be opened would get.</summary>
    /// <returns>Less than 0 when there is none left, or the system does not say.</returns>
    public static int LowestFreeDescriptor()
    {
        if (OperatingSystem.IsWindows()) return -1;
        var found = FileControl(0, Duplicate, 0);
        if (found >= 0) _ = Close(found);
        return found;
    }

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileControl(int descriptor, int command, int argument);
}
