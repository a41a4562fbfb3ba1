using System.Text;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Testing;

/// <summary>
/// A flow made by <see cref="FlowBuilder"/>, and what has become of it. Converts to the <see cref="HttpFlow"/> that hooks are given. Not
/// thread-safe: run one step at a time.
/// </summary>
public sealed class TestFlow
{
    private static readonly Redaction Redaction = new(showSecrets: false);

    private readonly Flow _flow;
    private readonly Func<FlowResponse> _respond;

    internal TestFlow(Flow flow, long bodyLimit, Func<FlowResponse> respond)
    {
        _flow = flow;
        _respond = respond;
        BodyLimit = bodyLimit;
    }

    /// <summary>The flow itself.</summary>
    public HttpFlow Flow => _flow;

    /// <inheritdoc cref="HttpFlow.Request"/>
    public HttpRequest Request => _flow.Request;

    /// <inheritdoc cref="HttpFlow.Response"/>
    public HttpResponse? Response => _flow.Response;

    /// <inheritdoc cref="HttpFlow.Error"/>
    public FlowError? Error => _flow.Error;

    /// <inheritdoc cref="HttpFlow.Tags"/>
    public ISet<string> Tags => _flow.Tags;

    /// <inheritdoc cref="HttpFlow.Metadata"/>
    public IDictionary<string, object?> Metadata => _flow.Metadata;

    /// <inheritdoc cref="HttpFlow.Client"/>
    public ClientConnection Client => _flow.Client;

    /// <inheritdoc cref="HttpFlow.Timings"/>
    public FlowTimings Timings => _flow.Timings;

    /// <summary>Whether an addon asked to cut the connection.</summary>
    public bool IsAborted => _flow.AbortRequested;

    /// <summary>Whether the request was sent to the origin; false when an addon answered or the flow failed before. Known after <see cref="AddonHost.RunAsync"/>.</summary>
    public bool ReachedOrigin { get; private set; }

    /// <summary>The body that the origin got, as it travelled; empty before <see cref="AddonHost.RunAsync"/>, without a body, and when it was not sent.</summary>
    public ReadOnlyMemory<byte> SentBody { get; private set; }

    /// <summary><see cref="SentBody"/> without content codings, as UTF-8.</summary>
    public string SentText => TextOf(SentBody, Request);

    /// <summary>The body that the client got, as it travelled; empty before <see cref="AddonHost.RunAsync"/> and without a body.</summary>
    public ReadOnlyMemory<byte> ReceivedBody { get; private set; }

    /// <summary><see cref="ReceivedBody"/> without content codings, as UTF-8.</summary>
    public string ReceivedText => TextOf(ReceivedBody, Response);

    /// <summary>What log, capture and pages would get of the flow as it is now: secrets masked, header fields included, and the bodies that hooks have read or replaced.</summary>
    public FlowRecord Record => Redaction.ToRecord(_flow, withHeaders: true, withBodies: true);

    internal Flow Inner => _flow;

    /// <summary>How much of one body or WebSocket message addons may read, in bytes.</summary>
    internal long BodyLimit { get; }

    /// <summary>The flow itself.</summary>
    public static implicit operator HttpFlow(TestFlow flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return flow._flow;
    }

    /// <inheritdoc cref="op_Implicit"/>
    public HttpFlow ToHttpFlow() => _flow;

    /// <summary>Gives it the response of the origin.</summary>
    /// <exception cref="InvalidOperationException">It was built to have none.</exception>
    internal void Respond()
    {
        try
        {
            _flow.SetResponse(_respond());
        }
        catch (FlowException exception)
        {
            throw new InvalidOperationException($"The origin of this flow does not respond ({exception.Message}): use RunAsync or ErrorAsync.", exception);
        }
    }

    /// <summary>Sends the request to the origin as it is now.</summary>
    /// <exception cref="FlowException">The client breaks off, or the origin does not respond.</exception>
    internal async ValueTask<FlowResponse> SendAsync()
    {
        var request = _flow.Request;
        var isPayloadMethod = request.Method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE" or "DELETE");
        await request.Body.PassOnAsync(request.Head, isSent: true, mayStream: true);
        SentBody = await ReadToEndAsync(OutgoingBody.Of(request.Body, request.Head, mayChunk: true, lengthWhenEmpty: isPayloadMethod));
        ReachedOrigin = true;
        return _respond();
    }

    /// <summary>Lets the client receive the response as it is now.</summary>
    internal async ValueTask ReceiveAsync()
    {
        if (_flow.Response is not { } response) return;
        if (!InProcessPipeline.HasBody(_flow, response)) return;
        try
        {
            ReceivedBody = await ReadToEndAsync(OutgoingBody.Of(response.Body, response.Head, mayChunk: true, lengthWhenEmpty: true));
            _flow.Timings.ResponseBytes = ReceivedBody.Length;
        }
        catch (Exception exception) when (FlowErrors.From(exception) is { } error)
        {
            // As in the proxy: the head went out already, and the client is cut off.
            _flow.Fail(error);
        }
    }

    private static string TextOf(ReadOnlyMemory<byte> body, HttpMessage? message) =>
        Encoding.UTF8.GetString(ContentCoding.Decode(body, message?.Headers["Content-Encoding"], int.MaxValue).Span);

    private static async ValueTask<ReadOnlyMemory<byte>> ReadToEndAsync(OutgoingBody body)
    {
        var bytes = new MemoryStream();
        bytes.Write(body.Bytes.Span);
        while (body.Source is { } source)
        {
            var piece = await source.ReadAsync();
            if (piece.IsEmpty) break;
            bytes.Write(piece.Span);
        }

        return bytes.ToArray();
    }
}
