using System.Runtime.InteropServices;

namespace ScriptProxy.Scripting.Watching;

/// <summary>What the system knows of a file and .NET does not tell.</summary>
/// <param name="Owner">The user's number.</param>
/// <param name="Changed">When content, permissions or links last changed, in nanoseconds since 1970. Unlike the time of the last write nobody can set it back.</param>
internal readonly partial record struct FileStatus(uint Owner, long Changed)
{
    private const int CurrentDirectory = -100;
    private const uint OwnerAndChanged = 0x88;
    private const uint OwnerOnly = 0x8;

    /// <summary>Asks for the file, or what a link leads to.</summary>
    /// <returns>Null when there is no such file, or the system has no statx (it is Linux's).</returns>
    public static FileStatus? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            if (Statx(CurrentDirectory, path, 0, OwnerAndChanged, out var result) != 0 || (result.Mask & OwnerOnly) == 0) return null;
            return new FileStatus(result.Owner, (result.ChangedSeconds * 1_000_000_000) + result.ChangedNanoseconds);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // An old C library: known to have no answer.
            return null;
        }
    }

    /// <summary>The user this process acts as; null where users have no numbers.</summary>
    public static uint? CurrentUser() => OperatingSystem.IsWindows() ? null : GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out StatxResult result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    /// <summary>struct statx of linux/stat.h, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct StatxResult
    {
        [FieldOffset(0)]
        public readonly uint Mask;

        [FieldOffset(20)]
        public readonly uint Owner;

        [FieldOffset(96)]
        public readonly long ChangedSeconds;

        [FieldOffset(104)]
        public readonly uint ChangedNanoseconds;
    }
}
