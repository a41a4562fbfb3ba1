using System.Diagnostics;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream.Clusters;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Flows;

/// <summary>One exchange as the engine keeps it. Made anew for each, never pooled: an addon may keep it.</summary>
internal sealed class Flow : HttpFlow
{
    private readonly long _number;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private string? _id;
    private Dictionary<string, object?>? _metadata;
    private HashSet<string>? _tags;
    private CancellationTokenSource? _aborted;
    private FlowResponse? _response;
    private FlowError? _error;
    private ServerConnection? _server;
    private WebSocketConnection? _webSocket;
    private List<TransformedBody>? _transforms;
    private bool _isCut;

    public Flow(long number, ClientConnection client, FlowRequest request, TimeProvider time)
    {
        _number = number;
        Client = client;
        Request = request;
        Timings = new FlowTimings(time.GetUtcNow());
        request.Body.Flow = this;
    }

    public override string Id => _id ??= $"f{_number:x}";

    public override ClientConnection Client { get; }

    public override ServerConnection? Server => _server;

    public override FlowRequest Request { get; }

    public override FlowResponse? Response => _response;

    public override FlowError? Error => _error;

    public override WebSocketConnection? WebSocket => _webSocket;

    public override FlowTimings Timings { get; }

    public override IDictionary<string, object?> Metadata => _metadata ??= [];

    public override ISet<string> Tags => _tags ??= new(StringComparer.Ordinal);

    /// <summary>Whether anyone tagged it; reading <see cref="Tags"/> would make the set.</summary>
    public bool HasTags => _tags is { Count: > 0 };

    /// <summary>What it holds of a cluster, and its tries there; null when it goes to none.</summary>
    public ClusterRun? ClusterRun { get; set; }

    public override IReadOnlyList<UpstreamTry> Tries => ClusterRun?.Tries ?? [];

    /// <summary>The way that was chosen for it; null before one was.</summary>
    public Route? Route { get; set; }

    /// <summary>Whether an addon asked to cut the connection.</summary>
    public bool AbortRequested { get; private set; }

    /// <summary>What is being waited for while it is under way; null before and after.</summary>
    public Deadline? Deadline { get; set; }

    /// <summary>Bodies that passed, or pass, through transforms of addons; null when there are none.</summary>
    public IReadOnlyList<TransformedBody>? Transforms => _transforms;

    /// <summary>Set once a response head went out: from then on nothing can be answered any more.</summary>
    public bool ResponseStarted { get; set; }

    public override CancellationToken Aborted
    {
        get
        {
            if (_aborted is null)
            {
                Interlocked.CompareExchange(ref _aborted, new CancellationTokenSource(), null);
                if (Volatile.Read(ref _isCut)) _aborted.Cancel();
            }

            return _aborted.Token;
        }
    }

    public override void Respond(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        if (ResponseStarted) throw new InvalidOperationException("The response head was already sent; it cannot be replaced.");
        SetResponse(FlowResponse.Local(statusCode, body, headers));
    }

    public override FlowRecord ToRecord() => Redaction.ForAddons.ToRecord(this, withHeaders: true);

    public override void Abort()
    {
        AbortRequested = true;
    }

    public void SetResponse(FlowResponse response)
    {
        response.Body.Flow = this;
        _response = response;
    }

    /// <summary>Lets transforms that have ended go, and the addons' code with them.</summary>
    public void ForgetTransforms() => _transforms = null;

    /// <summary>Notes a body whose transforms are to end with the flow.</summary>
    public void Add(TransformedBody body) => (_transforms ??= []).Add(body);

    /// <summary>Forgets a response that will not be sent.</summary>
    public void ClearResponse() => _response = null;

    public void SetWebSocket(WebSocketConnection webSocket) => _webSocket = webSocket;

    public void SetServer(ServerConnection server) => _server = server;

    public void Fail(FlowError error)
    {
        _error ??= error;
        Cut();
    }

    /// <summary>Cancels <see cref="Aborted"/>: the client left, or the flow failed.</summary>
    public void Cut()
    {
        Volatile.Write(ref _isCut, true);

        // On another thread: what waits for it is addons' code.
        _ = _aborted?.CancelAsync();
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedAt);
}
