using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>
/// A pipe of the kernel between two sockets (Linux, splice(2)): bytes pass through it without being copied into this process. One user at a
/// time; neither call waits.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed partial class SplicePipe : IDisposable
{
    /// <summary>What an unprivileged process may ask for; where the kernel grants less, less passes at a time.</summary>
    private const int WantedBytes = 1024 * 1024;

    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int SetPipeSize = 1031;
    private const uint MovePages = 1;
    private const uint DoNotBlock = 2;
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    private readonly SafeFileHandle _readEnd;
    private readonly SafeFileHandle _writeEnd;

    private SplicePipe(SafeFileHandle readEnd, SafeFileHandle writeEnd)
    {
        _readEnd = readEnd;
        _writeEnd = writeEnd;
    }

    /// <summary>How many bytes are in it.</summary>
    public long Held { get; private set; }

    /// <returns>Null when the system gives none: out of descriptors, or a sandbox forbids it.</returns>
    public static SplicePipe? TryOpen()
    {
        Span<int> ends = stackalloc int[2];
        if (Pipe(ref MemoryMarshal.GetReference(ends), NonBlocking | CloseOnExec) != 0) return null;
        var pipe = new SplicePipe(new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
        if (Descriptors.AreScarce(pipe._writeEnd))
        {
            pipe.Dispose();
            return null;
        }

        _ = Control(pipe._writeEnd, SetPipeSize, WantedBytes);
        return pipe;
    }

    /// <summary>Takes in what a socket has received.</summary>
    /// <returns>How many bytes; 0 at the end of the stream; -1 when there is nothing at the moment.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public long TakeIn(Socket from)
    {
        var count = Move(from.SafeHandle, _writeEnd);
        if (count > 0) Held += count;
        return count;
    }

    /// <summary>Hands on what a socket takes.</summary>
    /// <returns>False when it takes nothing at the moment.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public bool TryHandOn(Socket to)
    {
        var count = Move(_readEnd, to.SafeHandle);
        if (count > 0) Held -= count;
        return count > 0;
    }

    /// <summary>Takes bytes out, for a socket that is to be waited for.</summary>
    /// <returns>How many; not 0 while it holds any.</returns>
    public int TakeOut(Span<byte> buffer)
    {
        var count = (int)Read(_readEnd, ref MemoryMarshal.GetReference(buffer), (nint)Math.Min(buffer.Length, Held));
        if (count <= 0) throw Broken();
        Held -= count;
        return count;
    }

    public void Dispose()
    {
        _readEnd.Dispose();
        _writeEnd.Dispose();
    }

    private static long Move(SafeHandle from, SafeHandle to)
    {
        while (true)
        {
            var count = Splice(from, IntPtr.Zero, to, IntPtr.Zero, WantedBytes, MovePages | DoNotBlock);
            if (count >= 0) return count;
            var error = Marshal.GetLastPInvokeError();
            if (error == TryAgain) return -1;
            if (error != Interrupted) throw Broken();
        }
    }

    private static IOException Broken() => new($"The connection broke ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}).");

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(ref int ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeHandle end, int command, int argument);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint Splice(SafeHandle from, IntPtr fromOffset, SafeHandle to, IntPtr toOffset, nint count, uint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle end, ref byte buffer, nint count);
}
