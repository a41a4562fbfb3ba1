using System.Runtime.InteropServices;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// The system's libzstd, where it is installed: .NET 10 has no Zstandard (RFC 8878) of its own. Most Linux distributions bring the library,
/// since their package managers need it.
/// </summary>
internal static unsafe class Zstandard
{
    // The largest window that a content coding may ask for is 8 MiB (RFC 9659 §3).
    private const int WindowLogMaxParameter = 100;
    private const int LargestWindowLog = 23;
    private const int CompressionLevelParameter = 100;
    private const int Level = 1;

    private static readonly IntPtr Library = Load();

    private static readonly delegate* unmanaged<IntPtr> CreateDecoderCall = (delegate* unmanaged<IntPtr>)Find("ZSTD_createDCtx");
    private static readonly delegate* unmanaged<IntPtr, nuint> FreeDecoderCall = (delegate* unmanaged<IntPtr, nuint>)Find("ZSTD_freeDCtx");
    private static readonly delegate* unmanaged<IntPtr, int, int, nuint> SetDecoderCall = (delegate* unmanaged<IntPtr, int, int, nuint>)Find("ZSTD_DCtx_setParameter");
    private static readonly delegate* unmanaged<IntPtr, Piece*, Piece*, nuint> DecodeCall = (delegate* unmanaged<IntPtr, Piece*, Piece*, nuint>)Find("ZSTD_decompressStream");
    private static readonly delegate* unmanaged<IntPtr> CreateEncoderCall = (delegate* unmanaged<IntPtr>)Find("ZSTD_createCCtx");
    private static readonly delegate* unmanaged<IntPtr, nuint> FreeEncoderCall = (delegate* unmanaged<IntPtr, nuint>)Find("ZSTD_freeCCtx");
    private static readonly delegate* unmanaged<IntPtr, int, int, nuint> SetEncoderCall = (delegate* unmanaged<IntPtr, int, int, nuint>)Find("ZSTD_CCtx_setParameter");
    private static readonly delegate* unmanaged<IntPtr, Piece*, Piece*, int, nuint> EncodeCall = (delegate* unmanaged<IntPtr, Piece*, Piece*, int, nuint>)Find("ZSTD_compressStream2");
    private static readonly delegate* unmanaged<nuint, uint> IsErrorCall = (delegate* unmanaged<nuint, uint>)Find("ZSTD_isError");

    /// <summary>Whether the library is there, and new enough (1.4).</summary>
    public static bool IsAvailable { get; } =
        CreateDecoderCall != null && FreeDecoderCall != null && SetDecoderCall != null && DecodeCall != null && CreateEncoderCall != null && FreeEncoderCall != null
        && SetEncoderCall != null && EncodeCall != null && IsErrorCall != null;

    /// <summary>A decoder, to be released by whoever got it.</summary>
    public static SafeHandle NewDecoder()
    {
        var decoder = new Handle(CreateDecoderCall(), isDecoder: true);
        SetDecoderCall(decoder.DangerousGetHandle(), WindowLogMaxParameter, LargestWindowLog);
        return decoder;
    }

    /// <summary>An encoder, to be released by whoever got it.</summary>
    public static SafeHandle NewEncoder()
    {
        var encoder = new Handle(CreateEncoderCall(), isDecoder: false);
        SetEncoderCall(encoder.DangerousGetHandle(), CompressionLevelParameter, Level);
        return encoder;
    }

    /// <summary>Decodes what it can.</summary>
    /// <returns>How much was taken and given, and whether a frame has ended with it.</returns>
    /// <exception cref="InvalidDataException">The bytes are not Zstandard, or ask for too large a window.</exception>
    public static (int Taken, int Given, bool IsAtEnd) Decode(SafeHandle decoder, ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input, to = output)
        {
            var (source, target) = (new Piece(from, input.Length), new Piece(to, output.Length));
            var left = DecodeCall(decoder.DangerousGetHandle(), &target, &source);
            if (IsErrorCall(left) != 0) throw new InvalidDataException("The body is not what its coding \"zstd\" asks for.");
            return ((int)source.Position, (int)target.Position, left == 0);
        }
    }

    /// <summary>Encodes what it can.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="input">What is to be encoded.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="step">What is to be done.</param>
    /// <returns>How much was taken and given, and whether there is nothing left to give.</returns>
    public static (int Taken, int Given, bool IsDone) Encode(SafeHandle encoder, ReadOnlySpan<byte> input, Span<byte> output, EncodeStep step)
    {
        fixed (byte* from = input, to = output)
        {
            var (source, target) = (new Piece(from, input.Length), new Piece(to, output.Length));
            var left = EncodeCall(encoder.DangerousGetHandle(), &target, &source, (int)step);
            if (IsErrorCall(left) != 0) throw new InvalidOperationException("The Zstandard library failed.");
            var isDone = step == EncodeStep.Continue ? (int)source.Position == input.Length : left == 0;
            return ((int)source.Position, (int)target.Position, isDone);
        }
    }

    private static IntPtr Load()
    {
        string[] names = OperatingSystem.IsWindows() ? ["libzstd.dll"] : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib"] : ["libzstd.so.1"];
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library)) return library;
        }

        return IntPtr.Zero;
    }

    private static void* Find(string function) => Library != IntPtr.Zero && NativeLibrary.TryGetExport(Library, function, out var address) ? (void*)address : null;

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Piece(byte* bytes, int length)
    {
        public byte* Bytes = bytes;
        public nuint Length = (nuint)length;
        public nuint Position;
    }

    private sealed class Handle : SafeHandle
    {
        private readonly bool _isDecoder;

        public Handle(IntPtr handle, bool isDecoder)
            : base(IntPtr.Zero, ownsHandle: true)
        {
            _isDecoder = isDecoder;
            SetHandle(handle);
            if (IsInvalid) throw new InvalidOperationException("The Zstandard library has no memory left.");
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            if (_isDecoder) FreeDecoderCall(handle);
            else FreeEncoderCall(handle);
            return true;
        }
    }
}
