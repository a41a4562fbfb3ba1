namespace ScriptProxy.Engine.Http2;

/// <summary>Names of <see cref="ErrorCode"/>s as RFC 9113 §7 writes them.</summary>
internal static class ErrorCodes
{
    private static readonly string[] Names =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
        "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ];

    /// <summary>The name, or the number where there is none.</summary>
    public static string NameOf(int code) => (uint)code < (uint)Names.Length ? Names[code] : $"0x{code:x}";
}
