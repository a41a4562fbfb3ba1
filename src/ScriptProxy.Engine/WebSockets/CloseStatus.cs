using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace ScriptProxy.Engine.WebSockets;

/// <summary>Why a WebSocket ends (RFC 6455 §7.4).</summary>
/// <param name="Code">A status code.</param>
/// <param name="Reason">At most 123 bytes in UTF-8.</param>
internal sealed record CloseStatus(int Code, string Reason)
{
    public const int Normal = 1000;
    public const int GoingAway = 1001;
    public const int ProtocolError = 1002;
    public const int NoStatus = 1005;
    public const int Abnormal = 1006;
    public const int InvalidPayload = 1007;
    public const int TooBig = 1009;
    public const int InternalError = 1011;

    private const int MaxReasonBytes = 123;

    /// <summary>Whether the code may be sent: 1005, 1006 and 1015 only ever describe what was not (§7.4.1).</summary>
    public static bool MayBeSent(int code) => code is (>= 1000 and <= 1014 and not 1004 and not NoStatus and not Abnormal) or (>= 3000 and <= 4999);

    public static bool FitsReason(string reason) => Encoding.UTF8.GetByteCount(reason) <= MaxReasonBytes;

    /// <summary>Reads the payload of a Close frame.</summary>
    /// <returns>Null when it is not one.</returns>
    public static CloseStatus? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return new CloseStatus(NoStatus, "");
        if (payload.Length == 1) return null;
        var code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        return MayBeSent(code) && Utf8.IsValid(payload[2..]) ? new CloseStatus(code, Encoding.UTF8.GetString(payload[2..])) : null;
    }

    /// <summary>What is wrong with a payload that <see cref="Read"/> refuses.</summary>
    public static CloseStatus Violation(ReadOnlySpan<byte> payload) => payload.Length > 1 && MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload))
        ? new CloseStatus(InvalidPayload, "a closing frame whose reason is not UTF-8")
        : new CloseStatus(ProtocolError, "a closing frame that is none");

    /// <summary>The payload of a Close frame.</summary>
    public byte[] ToPayload()
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(Reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)Code);
        Encoding.UTF8.GetBytes(Reason, payload.AsSpan(2));
        return payload;
    }
}
