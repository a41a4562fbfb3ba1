using System.Runtime.ExceptionServices;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Embedding;

/// <summary>
/// Runs addons in front of an HttpClient, without a proxy and without a socket: OnRequest, OnResponse, OnError and OnCompleted see the
/// client's messages. Bodies stay unread until a hook reads them. Addons load with the first request; it and all others fail when they do not load.
/// </summary>
/// <remarks>
/// A hook that fails is answered 502 with a Proxy-Status, as in the proxy. What the next handler throws is thrown, unless OnError answers.
/// Hooks of connections, tunnels and TLS do not run: there are none here.
/// </remarks>
public sealed class AddonHandler : DelegatingHandler, IAsyncDisposable
{
    private readonly HandlerAddons _addons;
    private readonly bool _ownsAddons;

    /// <summary>Makes a handler for addons of the program's own.</summary>
    /// <param name="addons">In the order in which their hooks run; unloaded when the handler is disposed.</param>
    public AddonHandler(params IReadOnlyList<Addon> addons)
        : this(new AddonHandlerOptions { Addons = [new AddonObjects(addons)] })
    {
    }

    /// <summary>Makes a handler.</summary>
    public AddonHandler(AddonHandlerOptions options)
        : this(new HandlerAddons(options ?? throw new ArgumentNullException(nameof(options))), ownsAddons: true)
    {
    }

    internal AddonHandler(HandlerAddons addons, bool ownsAddons)
    {
        _addons = addons;
        _ownsAddons = ownsAddons;
    }

    /// <summary>Unloads the addons: OnUnload has run when this completes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ownsAddons) await _addons.DisposeAsync();
        base.Dispose(disposing: true);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: hooks are asynchronous, and a request must not go around them.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Addons run asynchronously: use SendAsync.");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await _addons.ReadyAsync().WaitAsync(cancellationToken);

        var flow = _addons.Pipeline.NewFlow(_addons.Client, HandlerMessages.ToFlow(request, _addons.BodyLimit, cancellationToken));
        var exchange = _addons.Pipeline.Begin(flow);
        HttpResponseMessage? received = null;
        try
        {
            using var cut = cancellationToken.UnsafeRegister(static flow => ((Flow)flow!).Cut(), flow);
            await _addons.Pipeline.SendAsync(exchange, async _ =>
            {
                received = await ForwardAsync(flow, request, cancellationToken);
                return HandlerMessages.ToFlow(received, flow.Request, _addons.BodyLimit, cancellationToken);
            });
            ThrowIfUnanswered(exchange, cancellationToken);
            return await AnswerAsync(exchange, request, received);
        }
        catch
        {
            received?.Dispose();
            await exchange.CompleteAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsAddons) _addons.Dispose();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> ForwardAsync(Flow flow, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var destination = flow.Request.Destination;
        flow.SetServer(new ServerConnection("direct", destination.Host, destination.Port));
        try
        {
            return await base.SendAsync(HandlerMessages.ToMessage(flow.Request, request), cancellationToken);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw FlowException.ClientGone(exception);
        }
        catch (OperationCanceledException exception)
        {
            // A timeout of the next handler's own.
            throw new FlowException(FlowErrors.ConnectTimeout(destination.Authority), exception);
        }
        catch (HttpRequestException exception)
        {
            throw new FlowException(HandlerErrors.From(exception, destination.Authority), exception);
        }
    }

    /// <summary>What the caller of an HttpClient expects to be thrown is thrown, unless an addon answered instead.</summary>
    private static void ThrowIfUnanswered(InProcessExchange exchange, CancellationToken cancellationToken)
    {
        var flow = exchange.Flow;
        if (flow.Response is not null && !exchange.IsOwnAnswer) return;

        if (exchange.Failure is not null) cancellationToken.ThrowIfCancellationRequested();
        if (exchange.Failure is FlowException { InnerException: { } thrown })
        {
            flow.ClearResponse();
            ExceptionDispatchInfo.Throw(thrown);
        }

        if (flow.Response is null) throw new HttpRequestException(flow.Error?.Message ?? "The request was not answered.", exchange.Failure);
    }

    private static async ValueTask<HttpResponseMessage> AnswerAsync(InProcessExchange exchange, HttpRequestMessage request, HttpResponseMessage? received)
    {
        var flow = exchange.Flow;
        var response = flow.Response!;
        if (received is { StatusCode: System.Net.HttpStatusCode.SwitchingProtocols } && response.StatusCode == 101)
        {
            // What follows is no body: the connection goes to the caller as it is.
            await exchange.CompleteAsync();
            return received;
        }

        HttpResponseMessage? message = null;
        var body = InProcessPipeline.HasBody(flow, response) ? OutgoingBody.Of(response.Body, response.Head, mayChunk: true, lengthWhenEmpty: true) : OutgoingBody.None;
        var stream = new ResponseStream(body, async failure =>
        {
            if (failure is not null) flow.Fail(failure);
            flow.Timings.ResponseBytes = response.Body.Replacement?.Length ?? body.Source?.BytesRead ?? 0;
            if (failure is null && body.Trailers is { } trailers)
            {
                foreach (var (name, value) in trailers) message!.TrailingHeaders.TryAddWithoutValidation(name, value);
            }

            (response.Body.Source as IDisposable)?.Dispose();
            received?.Dispose();
            await exchange.CompleteAsync();
        });
        message = HandlerMessages.ToMessage(response, new ResponseContent(stream));
        message.RequestMessage = received?.RequestMessage ?? request;

        // An answer of an addon's: what was received goes no further.
        if (body.Source is null) received?.Dispose();

        // Nothing will be read of it: the flow is over.
        if (body.Source is null && body.Bytes.IsEmpty) await exchange.CompleteAsync();
        return message;
    }
}
