using System.Buffers.Binary;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>Reads the frames of an origin (RFC 9113 §6), validates each, and tells connection and streams. One loop per connection.</summary>
internal sealed class Http2FrameReader(Http2Connection connection, BufferedConnection wire, ProxyOptions options) : IDisposable
{
    private const int HeaderTableBytes = 4096;
    private const int MaxIdleFrames = 1000;
    private static readonly TimeSpan IdleFramesPeriod = TimeSpan.FromSeconds(10);

    private readonly HpackDecoder _decoder = new(HeaderTableBytes, options.MaxResponseHeadBytes);
    private readonly FieldBlockBuilder _fields = new(options.MaxResponseHeadBytes, options.MaxHeaders * 2);
    private readonly WireBuffer _block = new();
    private bool _hasSettings;
    private int _blockStream;
    private bool _blockEndsStream;
    private int _idleFrames;
    private long _idleFramesSince;

    /// <summary>Reads until the connection ends, and disposes it and itself then. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                while (TryReadFrame())
                {
                    // Each is dealt with at once.
                }

                if (connection.IsBusy) wire.UseBodyBuffer();
                else wire.ReleaseBuffer();
                if (await wire.FillAsync() == 0) break;
            }

            connection.Fail(null);
        }
        catch (ConnectionErrorException error)
        {
            connection.Close(error, error.Code, error.Message);
        }
        catch (HpackException error)
        {
            connection.Close(error, ErrorCode.CompressionError, error.Message);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            connection.Fail(exception);
        }
        finally
        {
            await connection.Outbox.EndAsync();
            connection.Dispose();
            Dispose();
        }
    }

    public void Dispose()
    {
        _block.Dispose();
        _fields.Dispose();
    }

    private bool TryReadFrame()
    {
        var received = wire.Buffered;
        if (received.Length < FrameHeader.Bytes) return false;
        var header = FrameHeader.Read(received);
        if (header.Length > FieldBlockWriter.MaxFrameBytes) throw new ConnectionErrorException(ErrorCode.FrameSizeError, "a frame that is too long");
        if (!_hasSettings && (header.Type != FrameType.Settings || header.Has(FrameHeader.Ack)))
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "no HTTP/2 settings at its beginning");
        if (_blockStream != 0 && (header.Type != FrameType.Continuation || header.StreamId != _blockStream))
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "a frame within its head");
        if (received.Length < FrameHeader.Bytes + header.Length) return false;
        OnFrame(header, received.Slice(FrameHeader.Bytes, header.Length));
        wire.Consume(FrameHeader.Bytes + header.Length);
        return true;
    }

    private void OnFrame(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Data:
                OnData(header, payload);
                break;
            case FrameType.Headers:
                OnHeaders(header, payload);
                break;
            case FrameType.Continuation:
                OnContinuation(header, payload);
                break;
            case FrameType.Reset:
                OnReset(header, payload);
                break;
            case FrameType.Settings:
                OnSettings(header, payload);
                break;
            case FrameType.Ping:
                OnPing(header, payload);
                break;
            case FrameType.GoAway:
                if (header.StreamId != 0) throw Misplaced();
                if (payload.Length < 8) throw WrongSize();
                connection.GoAway((int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & int.MaxValue));
                break;
            case FrameType.WindowUpdate:
                OnWindowUpdate(header, payload);
                break;
            case FrameType.PushPromise:
                throw new ConnectionErrorException(ErrorCode.ProtocolError, "a push that was not wanted");
            default:
                // PRIORITY is deprecated, what is unknown is for others (RFC 9113 §4.1, §5.3.2).
                if (header is { Type: FrameType.Priority, StreamId: 0 }) throw Misplaced();
                CountIdle();
                break;
        }
    }

    private void OnData(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId == 0) throw Misplaced();
        connection.Receive(header.Length);
        var content = WithoutPadding(header, payload);
        var endStream = header.Has(FrameHeader.EndStream);
        if (content.IsEmpty && !endStream) CountIdle();
        var unused = header.Length;
        if (connection.Find(header.StreamId) is { } stream)
        {
            var problem = stream.HasHead ? stream.OnData(content, header.Length, endStream, out unused) : "a body before its head";
            if (problem is not null) Refuse(stream, problem);
        }

        if (unused > 0) connection.GiveCredit(unused);
    }

    private void OnHeaders(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        const int priorityBytes = 5;
        if (header.StreamId == 0) throw Misplaced();
        _ = connection.Find(header.StreamId);
        var fragment = WithoutPadding(header, payload);
        if (header.Has(FrameHeader.Priority))
        {
            if (fragment.Length < priorityBytes) throw WrongSize();
            fragment = fragment[priorityBytes..];
        }

        _blockEndsStream = header.Has(FrameHeader.EndStream);
        if (header.Has(FrameHeader.EndHeaders))
        {
            OnBlock(header.StreamId, fragment);
            return;
        }

        _blockStream = header.StreamId;
        _block.Clear();
        _block.Write(fragment);
    }

    private void OnContinuation(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_blockStream == 0) throw Misplaced();
        if (payload.IsEmpty) CountIdle();
        _block.Write(payload);
        if (_block.Length > options.MaxResponseHeadBytes) throw new ConnectionErrorException(ErrorCode.EnhanceYourCalm, $"a head longer than {options.MaxResponseHeadBytes} bytes (--max-response-head-bytes)");
        if (!header.Has(FrameHeader.EndHeaders)) return;
        _blockStream = 0;
        OnBlock(header.StreamId, _block.Written.Span);
        _block.Release();
    }

    /// <summary>A whole head or trailers. They are decoded for streams that have ended too: the blocks after them need it.</summary>
    private void OnBlock(int streamId, ReadOnlySpan<byte> block)
    {
        var stream = connection.Find(streamId);
        var isTrailer = stream?.HasHead == true;
        _fields.Reset(isTrailer);
        _decoder.Decode(block, _fields);
        if (stream is null) return;

        var head = _fields.Build();
        var problem = _fields.Problem;
        if (head is not null) problem = isTrailer ? TakeTrailers(stream, head) : TakeHead(stream, head, _fields.StatusCode);
        if (problem is not null) Refuse(stream, problem);
    }

    private string? TakeHead(Http2Stream stream, HeaderBlock block, int statusCode)
    {
        if (statusCode < 200)
        {
            if (_blockEndsStream) return "a 1xx status and nothing after it";
            return stream.OnHead(new Http2Head(block, statusCode, Framing.None, EndStream: false));
        }

        if (MessageFraming.OfResponse(block, System.Net.HttpVersion.Version11, statusCode, stream.IsHeadRequest, out var framing) is { } problem) return problem;
        var mayHaveBody = framing.Kind != FramingKind.None;
        stream.Expect(framing.Kind == FramingKind.Length ? framing.Length : -1, mayHaveBody);
        if (framing.Kind == FramingKind.UntilClose) framing = Framing.Chunked;
        return stream.OnHead(new Http2Head(block, statusCode, _blockEndsStream ? Framing.None : framing, _blockEndsStream));
    }

    private string? TakeTrailers(Http2Stream stream, HeaderBlock trailers)
    {
        if (!_blockEndsStream) return "trailers that do not end it";
        return stream.OnTrailers(trailers);
    }

    private void OnReset(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId == 0) throw Misplaced();
        if (payload.Length != 4) throw WrongSize();
        if (connection.Find(header.StreamId) is not { } stream || stream.TryStopUpload()) return;
        var code = (ErrorCode)BinaryPrimitives.ReadInt32BigEndian(payload);
        stream.Fail(new FlowException(FlowErrors.Reset(connection.Authority, code))
        {
            ResetCode = (int)code,
            WasNotProcessed = code is ErrorCode.RefusedStream or ErrorCode.Http11Required && !stream.HasHead,
        });
    }

    private void OnSettings(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        const int settingBytes = 6;
        if (header.StreamId != 0) throw Misplaced();
        if (header.Has(FrameHeader.Ack))
        {
            if (!payload.IsEmpty) throw WrongSize();
            return;
        }

        if (payload.Length % settingBytes != 0) throw WrongSize();
        CountIdle();
        _hasSettings = true;
        for (; !payload.IsEmpty; payload = payload[settingBytes..])
            connection.Apply(BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        connection.WakeWriters();
        connection.Outbox.AppendFrame(FrameType.Settings, FrameHeader.Ack, 0, []);
        connection.Outbox.Send();
    }

    private void OnPing(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.StreamId != 0) throw Misplaced();
        if (payload.Length != 8) throw WrongSize();
        CountIdle();
        if (header.Has(FrameHeader.Ack)) return;
        connection.Outbox.AppendFrame(FrameType.Ping, FrameHeader.Ack, 0, payload);
        connection.Outbox.Send();
    }

    private void OnWindowUpdate(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4) throw WrongSize();
        var count = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & int.MaxValue);
        if (header.StreamId == 0)
        {
            if (count == 0) throw new ConnectionErrorException(ErrorCode.ProtocolError, "a window update of nothing");
            connection.AddSendWindow(count);
            return;
        }

        if (connection.Find(header.StreamId) is not { } stream) return;
        if (count == 0) Refuse(stream, "a window update of nothing");
        else if (connection.SendWindows.TryAdd(stream, count)) stream.WakeWriter();
        else Refuse(stream, "a window that is too large", ErrorCode.FlowControlError);
    }

    private void Refuse(Http2Stream stream, string problem, ErrorCode code = ErrorCode.ProtocolError) =>
        connection.Reset(stream, code, new FlowException(FlowErrors.BadResponse(connection.Authority, problem)));

    private static ReadOnlySpan<byte> WithoutPadding(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!header.Has(FrameHeader.Padded)) return payload;
        if (payload.IsEmpty) throw WrongSize();
        var padding = payload[0];
        if (padding >= payload.Length) throw new ConnectionErrorException(ErrorCode.ProtocolError, "more padding than content");
        return payload[1..^padding];
    }

    /// <summary>What brings nothing forward may come, but not as a flood (CVE-2019-9512 to 9518).</summary>
    private void CountIdle()
    {
        var now = Environment.TickCount64;
        if (now - _idleFramesSince > IdleFramesPeriod.TotalMilliseconds) (_idleFrames, _idleFramesSince) = (0, now);
        if (++_idleFrames > MaxIdleFrames) throw new ConnectionErrorException(ErrorCode.EnhanceYourCalm, "a flood of frames without content");
    }

    private static ConnectionErrorException Misplaced() => new(ErrorCode.ProtocolError, "a frame out of place");

    private static ConnectionErrorException WrongSize() => new(ErrorCode.FrameSizeError, "a frame of the wrong length");
}
