using System.Runtime.InteropServices;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// The file descriptors that this process may have open (RLIMIT_NOFILE, which the runtime has raised to the hard limit). The last of them are kept
/// back: without any the runtime can load no library and start no thread, and ends the process. Thread-safe.
/// </summary>
internal static partial class Descriptors
{
    private const int LimitOfFiles = 7;
    private const int LimitOfFilesOnDarwin = 8;
    private const int MostKeptBack = 128;

    private static readonly int Limit = ReadLimit();
    private static int Shortage;

    /// <summary>From this one on they are kept back.</summary>
    private static int FirstKeptBack => Limit - Math.Min(MostKeptBack, Limit / 4);

    /// <summary>How many client connections there can be at once, when each may need one to its origin.</summary>
    /// <param name="wanted">How many are asked for.</param>
    /// <returns>At least 1, at most <paramref name="wanted"/>.</returns>
    public static int MostConnections(int wanted) =>
        Limit == int.MaxValue ? wanted : Math.Clamp((FirstKeptBack - Math.Max(Libc.LowestFreeDescriptor(), 0)) / 2, 1, wanted);

    /// <summary>Whether what was just opened is one of those that are kept back, so that it is better closed again.</summary>
    public static bool AreScarce(SafeHandle newest)
    {
        // The system gives out the lowest number that is free (POSIX, open).
        if (newest.DangerousGetHandle() < FirstKeptBack) return false;
        Volatile.Write(ref Shortage, 1);
        return true;
    }

    /// <summary>Whether they were scarce since this was last asked.</summary>
    public static bool RanShort() => Interlocked.Exchange(ref Shortage, 0) != 0;

    private static int ReadLimit()
    {
        if (OperatingSystem.IsWindows() || GetLimit(OperatingSystem.IsMacOS() ? LimitOfFilesOnDarwin : LimitOfFiles, out var limit) != 0) return int.MaxValue;
        return (int)Math.Min(limit.Current, int.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    /// <summary>As the system lays it out (struct rlimit).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Most;
    }
}
