using System.Text;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http1;

/// <summary>
/// Reads requests from a client's HTTP/1.1 connection, one after the other, and takes each through the pipeline. Ends when the connection
/// does, or at a CONNECT, which the mode answers.
/// </summary>
/// <param name="connection">The client's connection.</param>
/// <param name="fixedDestination">Where every request goes (inside a tunnel); null where each request names its destination.</param>
/// <param name="pipeline">What happens to each request.</param>
/// <param name="options">Limits and timeouts.</param>
/// <param name="authentication">Asks clients who they are; null where nobody has to say.</param>
internal sealed class Http1ClientLoop(
    ProxyConnection connection, Destination? fixedDestination, FlowPipeline pipeline, ProxyOptions options, BasicAuthentication? authentication = null)
{
    private const int MaxLeadingBreaks = 8;

    private readonly HeadParser _parser = new(options.MaxRequestHeadBytes, options.MaxRequestLineBytes, options.MaxHeaders, options.Lax);
    private readonly RequestTargets _targets = new(fixedDestination);

    private BufferedConnection Wire => connection.Wire;

    /// <returns>The CONNECT request that ended the loop; null when the connection ended.</returns>
    public async Task<ConnectRequest?> RunAsync()
    {
        using var buffer = new WireBuffer();
        var exchange = new Http1ClientExchange(connection, options);
        var isFirst = true;
        while (true)
        {
            var (head, refusal) = await ReadHeadAsync(isFirst);
            isFirst = false;
            if (refusal is not null) return await RefuseAsync(refusal, exchange, buffer);
            if (head is null) return null;

            refusal = RequestLineParser.Parse(head.StartLine, out var line);
            if (refusal is null && authentication is not null && line.Form is TargetForm.Absolute or TargetForm.Authority && await authentication.CheckAsync(connection, head) is { } challenge)
            {
                if (await exchange.ChallengeAsync(challenge, MayFollow(head, line), buffer)) continue;
                return null;
            }

            if (refusal is null && line.Form == TargetForm.Authority && TryReadConnect(head, line, out var connect, out refusal)) return connect;

            Framing framing = default;
            refusal ??= DecideFraming(head, line, out framing);
            RequestLine requestLine = default;
            Destination? destination = null;
            refusal ??= _targets.Resolve(head, line, out requestLine, out destination);
            if (refusal is not null) return await RefuseAsync(refusal, exchange, buffer);
            if ((destination is null ? OwnPages.Answer(head, requestLine) : MaxForwards.Apply(head, requestLine)) is { } own)
            {
                await exchange.AnswerAsync(own, line.Version, requestLine.IsHead(head), buffer);
                return null;
            }

            var flow = BeginFlow(head, requestLine, destination!, framing, exchange, buffer);
            await pipeline.RunAsync(exchange, flow, buffer);
            if (!await exchange.EndAsync()) return null;
            buffer.Release();
        }
    }

    private Flow BeginFlow(HeaderBlock head, RequestLine line, Destination destination, Framing framing, Http1ClientExchange exchange, WireBuffer buffer)
    {
        var connectionOptions = ConnectionOptions.Read(head, mayUpgrade: framing.Kind == FramingKind.None);
        var source = framing.Kind == FramingKind.None || framing is { Kind: FramingKind.Length, Length: 0 } ? null : new Http1BodyReader(Wire, framing, null);
        var expectsContinue = source is not null && line.Version.Minor == 1 && head.Find(KnownHeader.Expect) is var expect and >= 0 &&
            Ascii.EqualsIgnoreCase(head.ValueBytes(expect), "100-continue"u8);
        var body = new MessageBody(source, options.BodyLimit) { BeforeRead = expectsContinue ? () => exchange.ContinueAsync(head, buffer) : null };
        var request = new FlowRequest(head, line, destination, body) { IsUpgrade = connectionOptions.Upgrade };
        exchange.Begin(request, source, connectionOptions, expectsContinue);
        return pipeline.NewFlow(connection.Client, request);
    }

    /// <summary>Whether what follows this head, unanswered as it is, is the next one: the connection is kept, and no body comes first.</summary>
    private static bool MayFollow(HeaderBlock head, in ParsedRequestLine line) =>
        line.Version.Minor == 1 && DecideFraming(head, line, out var framing) is null && framing.Kind == FramingKind.None && !ConnectionOptions.Read(head, mayUpgrade: false).Close;

    private static RequestHeadError? DecideFraming(HeaderBlock head, in ParsedRequestLine line, out Framing framing)
    {
        if (MessageFraming.OfRequest(head, line.Version, out framing) is not { } problem) return null;
        var isUnknownCoding = problem.Contains("not known", StringComparison.Ordinal);
        return new RequestHeadError(isUnknownCoding ? 501 : 400, $"The request has {problem}.");
    }

    private bool TryReadConnect(HeaderBlock head, in ParsedRequestLine line, out ConnectRequest? connect, out RequestHeadError? refusal)
    {
        connect = null;
        refusal = null;
        if (fixedDestination is not null) refusal = new RequestHeadError(400, "CONNECT is not supported here.");
        else if (!Authority.TryParse(head.StartLine[line.Authority], 0, out var host, out var port)) refusal = new RequestHeadError(400, "The request has a CONNECT target that is not host:port.");
        else if (DecideFraming(head, line, out var framing) is { } problem) refusal = problem;
        else if (framing.Kind == FramingKind.Chunked || framing.Length > 0) refusal = new RequestHeadError(400, "The request has a body, which CONNECT cannot have.");
        else if (RequestTargets.CheckHost(head, isRequired: false) is { } fault) refusal = fault;
        else connect = new ConnectRequest(head, host, port);
        return connect is not null;
    }

    private async ValueTask<(HeaderBlock? Head, RequestHeadError? Refusal)> ReadHeadAsync(bool isFirst)
    {
        _parser.Reset();
        var breaks = 0;
        var begun = false;
        while (true)
        {
            // RFC 9112 §2.2: empty lines before a request are ignored, but not for ever.
            while (!begun && Wire.Buffered.StartsWith("\r\n"u8) && breaks++ < MaxLeadingBreaks) Wire.Consume(2);
            if (Wire.HasBuffered && !(Wire.Buffered.Length == 1 && Wire.Buffered[0] == '\r'))
            {
                if (!begun) connection.BecomeBusy();
                begun = true;
                var received = Wire.Buffered;
                var status = _parser.Parse(received);
                if (status == HeadStatus.Complete)
                {
                    connection.Disarm();
                    var head = _parser.Build(received);
                    Wire.Consume(_parser.Length);
                    return (head, null);
                }

                if (status != HeadStatus.Incomplete) return (null, Refusal(status));
                if (connection.Kind != DeadlineKind.RequestHead) connection.Arm(DeadlineKind.RequestHead, options.RequestHeadTimeout);
            }
            else
            {
                Wire.ReleaseBuffer();
                connection.BecomeIdle(isFirst ? options.RequestHeadTimeout : options.ClientIdleTimeout);
            }

            if (!await FillAsync())
            {
                var isLate = begun && connection.Expired == DeadlineKind.RequestHead;
                return (null, isLate ? new RequestHeadError(408, "The request head did not arrive in time.") : null);
            }
        }
    }

    private async ValueTask<bool> FillAsync()
    {
        try
        {
            return await Wire.FillAsync() > 0;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A client that goes away between requests is everyday life.
            return false;
        }
    }

    private RequestHeadError Refusal(HeadStatus status) => status switch
    {
        HeadStatus.StartLineTooLong => new(414, $"The request line is longer than {options.MaxRequestLineBytes} bytes."),
        HeadStatus.TooLong => new(431, $"The request head is longer than {options.MaxRequestHeadBytes} bytes."),
        HeadStatus.TooManyLines => new(431, $"The request has more than {options.MaxHeaders} headers."),
        _ => new(400, $"The request has {_parser.Problem}."),
    };

    private static async ValueTask<ConnectRequest?> RefuseAsync(RequestHeadError refusal, Http1ClientExchange exchange, WireBuffer buffer)
    {
        await exchange.RefuseAsync(refusal, buffer);
        return null;
    }
}
