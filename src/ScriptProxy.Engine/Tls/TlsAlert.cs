using System.Globalization;

namespace ScriptProxy.Engine.Tls;

/// <summary>Finds in the exception of a failed handshake what the other side said.</summary>
internal static class TlsAlert
{
    // OpenSSL reports an alert that was received as an error of this number plus the alert's own (SSL_AD_REASON_OFFSET in ssl.h).
    private const int ReasonOffset = 1000;
    private const uint ReasonMask = 0x7F_FFFF;
    private const int LastAlert = 255;

    private const string ErrorPrefix = "error:";

    /// <summary>The alert (RFC 8446 §6); null when there was none, or the platform's TLS does not say.</summary>
    public static int? Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException!)
        {
            // "error:0A000418:SSL routines::tlsv1 alert unknown ca"
            var start = cause.Message.IndexOf(ErrorPrefix, StringComparison.Ordinal);
            if (start < 0) continue;
            var code = cause.Message.AsSpan(start + ErrorPrefix.Length);
            var end = code.IndexOf(':');
            if (end <= 0 || !uint.TryParse(code[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)) continue;
            var reason = (int)(number & ReasonMask);
            if (reason is >= ReasonOffset and <= ReasonOffset + LastAlert) return reason - ReasonOffset;
        }

        return null;
    }

    /// <summary>Whether the other side ended the connection in the middle of the handshake, and said nothing.</summary>
    public static bool IsCut(Exception exception) => exception is IOException && Of(exception) is null;

    /// <summary>What to say of it in one line.</summary>
    public static string Describe(Exception exception)
    {
        if (IsCut(exception)) return "the connection was closed during the handshake";
        if (exception is ObjectDisposedException or OperationCanceledException) return "the handshake was not finished in time";
        var cause = exception;
        while (cause.InnerException is { } inner) cause = inner;
        var end = cause.Message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? cause.Message : cause.Message[..end];
    }
}
