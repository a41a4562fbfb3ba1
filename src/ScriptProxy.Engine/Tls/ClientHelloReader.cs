using System.Buffers;
using System.Buffers.Binary;

namespace ScriptProxy.Engine.Tls;

/// <summary>
/// Finds a ClientHello in a client's first bytes, without consuming them: it may be spread over many TLS records (RFC 8446 §5.1), and the
/// bytes may have arrived in any pieces.
/// </summary>
internal static class ClientHelloReader
{
    /// <summary>Records included; the longest known hellos, with post-quantum keys and tickets, have about 4 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int RecordHeaderLength = 5;
    private const int MaxRecordLength = 16 * 1024;
    private const int MessageHeaderLength = 4;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;

    /// <summary>Reads the ClientHello that <paramref name="bytes"/> begin with.</summary>
    /// <param name="bytes">All that the client has sent so far; what follows the ClientHello's last record is not looked at.</param>
    /// <param name="content">What it says; <see cref="ClientHelloContent.Empty"/> unless the status is Complete.</param>
    public static ClientHelloStatus TryRead(ReadOnlySpan<byte> bytes, out ClientHelloContent content)
    {
        content = ClientHelloContent.Empty;
        if (bytes.IsEmpty) return ClientHelloStatus.NeedMore;
        if (bytes[0] != HandshakeRecord || (bytes.Length > 1 && bytes[1] != 3)) return ClientHelloStatus.NotTls;

        var status = FindMessage(bytes, out var recordsLength, out var messageLength);
        if (status != ClientHelloStatus.Complete) return status;

        var records = bytes[..recordsLength];
        var isInOneRecord = recordsLength == RecordHeaderLength + messageLength;
        if (isInOneRecord) return Parse(records[RecordHeaderLength..], out content);

        var buffer = ArrayPool<byte>.Shared.Rent(messageLength);
        CopyFragments(records, buffer);
        status = Parse(buffer.AsSpan(0, messageLength), out content);
        ArrayPool<byte>.Shared.Return(buffer);
        return status;
    }

    private static ClientHelloStatus Parse(ReadOnlySpan<byte> message, out ClientHelloContent content)
    {
        if (ClientHelloParser.TryParse(message[MessageHeaderLength..], out var parsed))
        {
            content = parsed;
            return ClientHelloStatus.Complete;
        }

        content = ClientHelloContent.Empty;
        return ClientHelloStatus.Malformed;
    }

    /// <summary>Walks the records until the message is complete, and refuses as early as it can what never will be.</summary>
    /// <param name="bytes">Begin with a record.</param>
    /// <param name="recordsLength">The length of the records that hold the message.</param>
    /// <param name="messageLength">The message with its header.</param>
    private static ClientHelloStatus FindMessage(ReadOnlySpan<byte> bytes, out int recordsLength, out int messageLength)
    {
        Span<byte> header = stackalloc byte[MessageHeaderLength];
        var headerLength = 0;
        var gathered = 0;
        recordsLength = 0;
        messageLength = int.MaxValue;

        while (true)
        {
            var rest = bytes[recordsLength..];
            if (recordsLength > MaxBytes) return ClientHelloStatus.Malformed;
            if (rest.Length < RecordHeaderLength) return IsRecordStart(rest) ? ClientHelloStatus.NeedMore : ClientHelloStatus.Malformed;
            if (!IsRecordStart(rest)) return ClientHelloStatus.Malformed;

            int recordLength = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (recordLength is 0 or > MaxRecordLength) return ClientHelloStatus.Malformed;

            var fragment = rest.Slice(RecordHeaderLength, Math.Min(recordLength, rest.Length - RecordHeaderLength));
            for (var index = 0; index < fragment.Length && headerLength < MessageHeaderLength; index++) header[headerLength++] = fragment[index];
            if (headerLength > 0 && header[0] != ClientHelloMessage) return ClientHelloStatus.Malformed;
            if (headerLength == MessageHeaderLength) messageLength = MessageHeaderLength + ((header[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header[2..]));

            gathered += recordLength;
            recordsLength += RecordHeaderLength + recordLength;
            if (headerLength == MessageHeaderLength && IsTooLong(messageLength, gathered, recordsLength)) return ClientHelloStatus.Malformed;
            if (fragment.Length < recordLength) return ClientHelloStatus.NeedMore;
            if (gathered == messageLength) return ClientHelloStatus.Complete;
        }
    }

    /// <summary>Too long for us to read; or a record that goes on after the ClientHello, where nothing may follow before the server has answered.</summary>
    private static bool IsTooLong(int messageLength, int gathered, int recordsLength) =>
        gathered > messageLength || recordsLength + (messageLength - gathered) > MaxBytes;

    private static bool IsRecordStart(ReadOnlySpan<byte> bytes) =>
        (bytes.Length < 1 || bytes[0] == HandshakeRecord) && (bytes.Length < 2 || bytes[1] == 3);

    private static void CopyFragments(ReadOnlySpan<byte> records, Span<byte> message)
    {
        while (!records.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(records[3..]);
            records.Slice(RecordHeaderLength, length).CopyTo(message);
            message = message[length..];
            records = records[(RecordHeaderLength + length)..];
        }
    }
}
