namespace ScriptProxy.Engine.WebSockets;

/// <summary>
/// Writes towards one side: what came from the other as the frames it came in, what addons changed or added as frames of our own. Keeps the
/// receiver's decompressor right: it has to see either all compressed messages of the sender, or from some point on only ours. Thread-safe.
/// </summary>
/// <param name="peer">Where to.</param>
/// <param name="masks">Whether frames of our own are masked: towards a server.</param>
/// <param name="parameters">What was agreed on for compression; null for none.</param>
internal sealed class MessageWriter(WebSocketPeer peer, bool masks, DeflateParameters? parameters) : IDisposable
{
    // Below this, compressing gains nothing.
    private const int CompressesFromBytes = 64;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly bool _keepsContext = parameters is not null && !(masks ? parameters.ClientNoContextTakeover : parameters.ServerNoContextTakeover);
    private readonly bool _mayDeflate = (masks ? parameters?.ClientMaxWindowBits : parameters?.ServerMaxWindowBits) == DeflateParameters.MaxWindowBits;
    private MessageDeflater? _deflater;
    private bool _originalsFit = true;
    private volatile bool _isCloseSent;
    private long _bytesSent;

    /// <summary>Whether nothing more may be sent.</summary>
    public bool IsCloseSent => _isCloseSent;

    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Passes on what came, as it came wherever that still means the same.</summary>
    /// <param name="original">A message or control frame.</param>
    /// <param name="content">The message, decompressed.</param>
    public Task ForwardAsync(Incoming original, ReadOnlyMemory<byte> content) =>
        LockedAsync(() => !original.IsCompressed || _originalsFit ? original.Raw : Encode(original.Opcode, content.Span));

    /// <summary>Does not pass on what came.</summary>
    public Task DropAsync(Incoming original) => LockedAsync(() =>
    {
        Leave(original);
        return default;
    });

    /// <summary>Passes something else on.</summary>
    public Task ReplaceAsync(Incoming original, Opcode opcode, ReadOnlyMemory<byte> content) => LockedAsync(() =>
    {
        Leave(original);
        return Encode(opcode, content.Span);
    });

    /// <summary>Sends a further message.</summary>
    /// <exception cref="InvalidOperationException">It is closed.</exception>
    public async Task SendAsync(Opcode opcode, ReadOnlyMemory<byte> content)
    {
        if (!await LockedAsync(() => Encode(opcode, content.Span))) throw new InvalidOperationException("The WebSocket is closed.");
    }

    /// <summary>Sends the closing frame, unless one was sent already.</summary>
    /// <param name="frame">The whole frame.</param>
    public Task CloseAsync(ReadOnlyMemory<byte> frame) => LockedAsync(() =>
    {
        _isCloseSent = true;
        return frame;
    });

    /// <summary>Sends a closing frame of our own, unless one was sent already.</summary>
    public Task CloseAsync(CloseStatus status) => CloseAsync(Frame.Make(Opcode.Close, status.ToPayload(), masks));

    public ValueTask StopSendingAsync() => peer.StopSendingAsync();

    public void Abort() => peer.Abort();

    public void Dispose()
    {
        _deflater?.Dispose();
        _writing.Dispose();
    }

    /// <returns>False when nothing could be sent because the closing frame was.</returns>
    private async Task<bool> LockedAsync(Func<ReadOnlyMemory<byte>> makeFrames)
    {
        await _writing.WaitAsync();
        try
        {
            if (_isCloseSent) return false;
            var frames = makeFrames();
            if (frames.IsEmpty) return true;
            await peer.WriteAsync(frames);
            Volatile.Write(ref _bytesSent, _bytesSent + frames.Length);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A compressed message that the receiver does not see: those after it may refer to it.</summary>
    private void Leave(Incoming original)
    {
        if (original.IsCompressed && _keepsContext) _originalsFit = false;
    }

    private ReadOnlyMemory<byte> Encode(Opcode opcode, ReadOnlySpan<byte> content)
    {
        // Among originals a compressed message of ours would be one that the sender's compressor does not know of.
        if (!_mayDeflate || content.Length < CompressesFromBytes || (_keepsContext && _originalsFit)) return Frame.Make(opcode, content, masks);
        _deflater ??= new MessageDeflater(_keepsContext);
        return Frame.Make(opcode, _deflater.Deflate(content), masks, isCompressed: true);
    }
}
