using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>
/// The body of one message on its way through: a stream nobody asked for, a buffer somebody read, or bytes that replace it; and the transforms
/// that are to be applied to that. Not thread-safe.
/// </summary>
/// <param name="source">Where it comes from; null when the message has none.</param>
/// <param name="limitBytes">The most that may be buffered, coded or decoded.</param>
internal sealed partial class MessageBody(BodyReader? source, long limitBytes)
{
    private MemoryStream? _buffer;
    private ReadOnlyMemory<byte>? _decoded;
    private string? _replacementCoding;
    private HeaderBlock? _trailers;
    private List<TransformStep>? _transforms;
    private TransformedBody? _transformed;
    private Exception? _lost;
    private bool _readBegan;
    private bool _isWhole;
    private bool _isPassedOn;
    private bool _isStreaming;
    private volatile bool _isBeingRead;

    /// <summary>Called once before the first read by an addon: a client that waits for "100 Continue" must be told to go on.</summary>
    public Func<ValueTask>? BeforeRead { get; init; }

    public BodyReader? Source => source;

    /// <summary>Whose body it is, for errors.</summary>
    public BodyOwner Owner { get; set; } = BodyOwner.Response;

    /// <summary>The flow it belongs to, which ends its transforms; null outside of flows.</summary>
    public Flow? Flow { get; set; }

    /// <summary>The bytes that replace the body; null when nobody replaced it.</summary>
    public ReadOnlyMemory<byte>? Replacement { get; private set; }

    /// <summary>Whether <see cref="Replacement"/> is as readers see it, so that content codings are still to be applied.</summary>
    public bool IsReplacementPlain { get; private set; }

    /// <summary>Whether the message has a body, empty perhaps.</summary>
    public bool Exists => Replacement is not null || source is not null || _isStreaming;

    /// <summary>Whether its length is unknown until it has passed through transforms.</summary>
    public bool IsTransformed => _transforms is not null && Exists;

    /// <summary>Whether <see cref="PassOnAsync"/> must come before sending, lest what addons asked for is left out.</summary>
    public bool IsUnprepared => !_isPassedOn && (IsTransformed || IsReplacementPlain);

    /// <summary>
    /// What an addon's reading took from the source, payload only: the whole body, or its beginning where the reading was given up. Empty
    /// while nobody has read. It goes out before the rest.
    /// </summary>
    public ReadOnlyMemory<byte> Buffered => _transformed is null ? Kept : default;

    /// <summary>What is sent where the body is neither replaced nor absent: the source, or what transforms make of it.</summary>
    public BodyReader? Outgoing => _transformed ?? source;

    /// <summary>The whole body without content codings, as addons saw or made it; null when it only passed through.</summary>
    public ReadOnlyMemory<byte>? InMemory => _decoded ?? (_replacementCoding is null ? Replacement : null);

    /// <summary>Whether it can be sent once more: none of it is gone.</summary>
    public bool IsRepeatable => _transformed is null && (Replacement is not null || _isWhole || source is null or { IsStarted: false });

    /// <summary>Payload bytes that arrived from the sender so far.</summary>
    public long BytesReceived => source?.BytesRead ?? 0;

    /// <summary>The trailers once they are known, to be read and changed; null before.</summary>
    public HeaderBlock? Trailers
    {
        get
        {
            if (_trailers is not null || !Exists) return _trailers;
            if (Replacement is null && source is { IsCompleted: false }) return null;
            return _trailers = (Replacement is null ? source?.Trailers : null) ?? new HeaderBlock();
        }
    }

    /// <summary>Whether there are trailers that an addon may have written.</summary>
    public bool HasEditedTrailers => _trailers is { Count: > 0 };

    /// <summary>What is sent after the body's end; null for nothing.</summary>
    public HeaderBlock? TrailersToSend
    {
        get
        {
            var trailers = _trailers ?? (Replacement is null ? source?.Trailers : null);
            if (trailers is not { Count: > 0 }) return null;

            // RFC 9110 §6.5.1: what frames or routes a message must not come after it.
            trailers.RemoveKnown(KnownHeader.ContentLength);
            trailers.RemoveKnown(KnownHeader.TransferEncoding);
            trailers.RemoveKnown(KnownHeader.Host);
            trailers.RemoveKnown(KnownHeader.Trailer);
            return trailers;
        }
    }

    /// <summary>Replaces the body, what transforms would have made of it, and the trailers.</summary>
    /// <param name="body">The new body.</param>
    /// <param name="head">The message's head. Its Content-Encoding stays where it can be applied to the new body, which happens on sending.</param>
    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    public void Replace(ReadOnlyMemory<byte> body, HeaderBlock head)
    {
        if (_isPassedOn) throw TooLate("change");
        SetPlain(body);
        _transforms = null;
        _trailers = new HeaderBlock();
        _lost = null;
        if (body.IsEmpty || !ContentCoding.CanEncode(head["Content-Encoding"])) head.Remove("Content-Encoding");
    }

    /// <summary>Sets a body as it goes on the wire, for messages of our own.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentEncoding">The codings it is in; null for none.</param>
    public void SetWire(ReadOnlyMemory<byte> body, string? contentEncoding = null)
    {
        Replacement = body;
        _replacementCoding = contentEncoding;
        _decoded = contentEncoding is null ? body : null;
    }

    /// <summary>Appends a transform.</summary>
    /// <exception cref="InvalidOperationException">The message was passed on already.</exception>
    /// <exception cref="InvalidDataException">The body has a coding that cannot be removed.</exception>
    public void Add(TransformStep step, HeaderBlock head)
    {
        if (_isPassedOn) throw TooLate("transform");
        ContentCoding.CheckDecodable(CodingOf(head));
        (_transforms ??= []).Add(step);
    }

    /// <summary>From here on the body is what it is: the message is about to be sent, or was answered without it.</summary>
    /// <param name="head">The message's head; what is not true of the body any more is changed.</param>
    /// <param name="isSent">Whether the body follows the head.</param>
    /// <param name="mayStream">Whether a body of unknown length can be sent.</param>
    /// <exception cref="FlowException">An addon that was given up on is still reading, or the sender failed.</exception>
    /// <exception cref="Addons.AddonException">A transform failed at once.</exception>
    public ValueTask PassOnAsync(HeaderBlock head, bool isSent, bool mayStream)
    {
        if (_isBeingRead && !_isPassedOn) throw new FlowException(FlowErrors.StillBeingRead(Owner));
        _isPassedOn = true;
        return _transforms is null && !IsReplacementPlain && _lost is null ? default : PrepareAsync(head, isSent, mayStream);
    }

    /// <summary>Makes an empty body of none, as the proxy's own doing.</summary>
    public void MakeEmpty() => Replacement = ReadOnlyMemory<byte>.Empty;

    /// <summary>Nobody waits for the body any more. Code of addons is let go: a flow may be kept for longer than they live.</summary>
    public void Close()
    {
        _isPassedOn = true;
        _transforms?.Clear();
        _transformed = null;
        _lost = null;
    }

    private ReadOnlyMemory<byte> Kept => _buffer is null ? default : _buffer.GetBuffer().AsMemory(0, (int)_buffer.Length);

    private string? CodingOf(HeaderBlock head) => Replacement is null ? head.ArrivedCoding : _replacementCoding;

    private void SetPlain(ReadOnlyMemory<byte> body)
    {
        Replacement = body;
        IsReplacementPlain = true;
        _replacementCoding = null;
        _decoded = body;
    }

    private async ValueTask PrepareAsync(HeaderBlock head, bool isSent, bool mayStream)
    {
        if (_lost is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_lost);
        if (IsTransformed && _transformed is null)
        {
            // How long it will be, nobody knows.
            if (!isSent) head.RemoveKnown(KnownHeader.ContentLength);
            else if (!mayStream) await BufferTransformedAsync(head, CancellationToken.None);
            else await StartAsync(head);
        }

        if (IsReplacementPlain && !IsTransformed) await EncodeAsync(head);
    }

    private async ValueTask StartAsync(HeaderBlock head)
    {
        head.RemoveKnown(KnownHeader.ContentLength);
        var coding = head["Content-Encoding"];
        if (ContentCoding.CanEncode(coding) && ContentCoding.Names(coding).Length > 0) _transforms!.Add(TransformStep.Encoding(coding!));
        var transformed = Begin(head, CancellationToken.None);
        Replacement = null;
        _transformed = transformed;
        _isStreaming = true;
        await transformed.UntilReadyAsync();
    }

    private async ValueTask EncodeAsync(HeaderBlock head)
    {
        IsReplacementPlain = false;
        var coding = head["Content-Encoding"];
        if (Replacement is not { IsEmpty: false } plain || !ContentCoding.CanEncode(coding) || ContentCoding.Names(coding).Length == 0) return;

        // Coding a large body takes a while: not on a thread that polls sockets.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Replacement = ContentCoding.Encode(plain, coding!);
        _replacementCoding = coding;
    }

    private TransformedBody Begin(HeaderBlock head, CancellationToken cancellationToken)
    {
        var first = Replacement ?? Kept;
        var rest = Replacement is null && !_isWhole ? source : null;
        var transformed = new TransformedBody(first, rest, CodingOf(head), _transforms!, limitBytes, Flow, cancellationToken);
        Flow?.Add(transformed);
        transformed.Start();
        return transformed;
    }

    private InvalidOperationException TooLate(string what)
    {
        var hook = Owner == BodyOwner.Request ? "OnRequest" : "OnResponse";
        return new($"The {(Owner == BodyOwner.Request ? "request" : "response")} body was passed on already; {what} it in {hook}{(what == "read" ? ", then it stays readable" : "")}.");
    }

    private BodyTooLargeException TooLarge() =>
        new($"A body is longer than the {limitBytes} bytes an addon may read (--body-limit).");
}
