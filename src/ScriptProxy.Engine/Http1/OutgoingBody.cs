using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Http1;

/// <summary>What goes out after an HTTP/1.1 head: nothing, bytes, a relay of the wire as it is, or a relay put into a framing of our own.</summary>
internal readonly struct OutgoingBody
{
    private readonly MessageBody? _message;

    private OutgoingBody(MessageBody? message, Framing framing, ReadOnlyMemory<byte> bytes, BodyReader? source, bool isRaw)
    {
        _message = message;
        Framing = framing;
        Bytes = bytes;
        Source = source;
        IsRaw = isRaw;
    }

    public static OutgoingBody None => new(null, Framing.None, default, null, false);

    public Framing Framing { get; }

    /// <summary>The payload, or the beginning of it, that is in memory.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Where the rest of the payload comes from; null when all of it is in memory or there is none.</summary>
    public BodyReader? Source { get; }

    /// <summary>What follows a chunked body, once its end was reached; null for nothing.</summary>
    public HeaderBlock? Trailers => _message?.TrailersToSend;

    /// <summary>Whether the source's framing goes out byte for byte.</summary>
    public bool IsRaw { get; }

    /// <summary>Chooses how a message's body goes out and makes the head say the same.</summary>
    /// <param name="body">The body.</param>
    /// <param name="head">Its framing fields are changed where they would not be true any more, and left alone where they are.</param>
    /// <param name="mayChunk">Whether the receiver knows the chunked coding (HTTP/1.1).</param>
    /// <param name="lengthWhenEmpty">Whether an empty body is announced by Content-Length: 0.</param>
    public static OutgoingBody Of(MessageBody body, HeaderBlock head, bool mayChunk, bool lengthWhenEmpty)
    {
        if (body.IsUnprepared) throw new InvalidOperationException("A changed body is sent before it was prepared.");
        if (body.Replacement is { } replacement)
            return mayChunk && body.HasEditedTrailers ? OfBytesWithTrailers(body, replacement, head) : OfBytes(body, replacement, head, lengthWhenEmpty);
        if (body.Outgoing is not { } source)
        {
            // Only what an addon wrote into a head without body can lie here.
            if (head.FramingTouched) Announce(head, lengthWhenEmpty ? Framing.OfLength(0) : Framing.None);
            return None;
        }

        return OfStream(body, source, head, mayChunk);
    }

    private static OutgoingBody OfBytes(MessageBody body, ReadOnlyMemory<byte> bytes, HeaderBlock head, bool lengthWhenEmpty)
    {
        if (bytes.IsEmpty && !lengthWhenEmpty && head.Find(KnownHeader.ContentLength) < 0)
        {
            Announce(head, Framing.None);
            return None;
        }

        Announce(head, Framing.OfLength(bytes.Length));
        return new OutgoingBody(body, Framing.OfLength(bytes.Length), bytes, null, false);
    }

    private static OutgoingBody OfBytesWithTrailers(MessageBody body, ReadOnlyMemory<byte> bytes, HeaderBlock head)
    {
        AnnounceTrailers(body, head);
        return new OutgoingBody(body, Framing.Chunked, bytes, null, false);
    }

    private static OutgoingBody OfStream(MessageBody body, BodyReader source, HeaderBlock head, bool mayChunk)
    {
        var framing = source.Framing;
        if (framing.Kind == FramingKind.Chunked && !mayChunk)
        {
            Announce(head, Framing.None);
            framing = Framing.UntilClose;
        }
        else if (framing.Kind != FramingKind.Chunked && mayChunk && body.HasEditedTrailers)
        {
            AnnounceTrailers(body, head);
            framing = Framing.Chunked;
        }
        else if (head.FramingTouched || source is not Http1BodyReader)
        {
            Announce(head, framing);
        }

        // What an addon has read goes out from memory, the rest of it, if any, follows: in the framing it came in.
        var isRaw = source is Http1BodyReader && framing.Kind == source.Framing.Kind && !source.IsStarted;
        return new OutgoingBody(body, framing, body.Buffered, source, isRaw);
    }

    // RFC 9110 §6.6.2: trailers are announced, where there were none to be announced before.
    private static void AnnounceTrailers(MessageBody body, HeaderBlock head)
    {
        Announce(head, Framing.Chunked);
        if (body.TrailersToSend is { } trailers) head.SetKnown(KnownHeader.Trailer, "Trailer", string.Join(", ", trailers.Select(field => field.Key).Distinct(StringComparer.OrdinalIgnoreCase)));
    }

    private static void Announce(HeaderBlock head, Framing framing)
    {
        if (framing.Kind != FramingKind.Length) head.RemoveKnown(KnownHeader.ContentLength);
        if (framing.Kind != FramingKind.Chunked)
        {
            head.RemoveKnown(KnownHeader.TransferEncoding);
            head.RemoveKnown(KnownHeader.Trailer);
        }

        if (framing.Kind == FramingKind.Length) head.SetKnown(KnownHeader.ContentLength, "Content-Length", framing.Length.ToString());
        else if (framing.Kind == FramingKind.Chunked) head.SetKnown(KnownHeader.TransferEncoding, "Transfer-Encoding", "chunked");
    }
}
