using System.Text;
using System.Text.RegularExpressions;

namespace ScriptProxy;

/// <summary>
/// One exchange and all we know about it. Hooks of one flow are called one after the other, never at once; a flow may be kept after it
/// ended, its heads stay readable.
/// </summary>
public abstract class HttpFlow
{
    internal HttpFlow()
    {
    }

    /// <summary>Unique within this run of the proxy, short and printable.</summary>
    public abstract string Id { get; }

    /// <summary>Who sent the request.</summary>
    public abstract ClientConnection Client { get; }

    /// <summary>The upstream that an addon chose; null while none did.</summary>
    internal string? ChosenUpstream { get; private set; }

    /// <summary>The connection the request went out on; null before it was sent, and when an addon answered.</summary>
    public abstract ServerConnection? Server { get; }

    /// <summary>The tries on the endpoints of an upstream with several, in order; empty when there are none. The last is the one whose response this is.</summary>
    public virtual IReadOnlyList<UpstreamTry> Tries => [];

    /// <summary>The request.</summary>
    public abstract HttpRequest Request { get; }

    /// <summary>The response; null until a head arrived or an addon answered.</summary>
    public abstract HttpResponse? Response { get; }

    /// <summary>Why the exchange failed; null while it has not.</summary>
    public abstract FlowError? Error { get; }

    /// <summary>The WebSocket that the exchange opened; null before it is open, when it opens none, and when no addon has a WebSocket hook.</summary>
    public virtual WebSocketConnection? WebSocket => null;

    /// <summary>When what happened. Final in <see cref="Addon.OnCompletedAsync"/>.</summary>
    public abstract FlowTimings Timings { get; }

    /// <summary>Free space for addons; shared by all addons of the flow.</summary>
    public abstract IDictionary<string, object?> Metadata { get; }

    /// <summary>Short words that sinks show beside the flow, such as "cached" or "blocked".</summary>
    public abstract ISet<string> Tags { get; }

    /// <summary>Cancelled when the client left or the flow timed out. Pass it to what a hook awaits.</summary>
    public abstract CancellationToken Aborted { get; }

    /// <summary>Answers instead of the origin, or replaces the response in <see cref="Addon.OnResponseAsync"/>. Content-Length is set.</summary>
    /// <param name="statusCode">200 to 599.</param>
    /// <param name="headers">Header fields; null for none.</param>
    /// <param name="body">The body as it goes on the wire.</param>
    /// <exception cref="InvalidOperationException">The response head was already sent.</exception>
    public abstract void Respond(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers = null);

    /// <summary>Sends the request through an upstream, whatever the routes say. Only before it is sent. One that there is not fails the flow (502).</summary>
    /// <param name="upstream">The name of one, "direct", or a URL such as "http://user:password@proxy.example:3128" or "socks5h://127.0.0.1:1080".</param>
    public void Via(string upstream)
    {
        ArgumentException.ThrowIfNullOrEmpty(upstream);
        ChosenUpstream = upstream;
    }

    /// <summary>Answers with text in UTF-8 instead of the origin.</summary>
    /// <param name="statusCode">200 to 599.</param>
    /// <param name="text">The body.</param>
    /// <param name="contentType">The Content-Type header.</param>
    /// <exception cref="InvalidOperationException">The response head was already sent.</exception>
    public void Respond(int statusCode, string text = "", string contentType = "text/plain; charset=utf-8") =>
        Respond(statusCode, Encoding.UTF8.GetBytes(text), text.Length == 0 ? null : [new("Content-Type", contentType)]);

    /// <summary>Answers with a redirect (RFC 9110 §15.4).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a status from 300 to 399.</exception>
    public void Redirect(string location, int statusCode = 302)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 300);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 399);
        Respond(statusCode, ReadOnlyMemory<byte>.Empty, [new("Location", location)]);
    }

    /// <summary>Refuses the request: answers with a short text and tags the flow "blocked".</summary>
    /// <param name="reason">Shown to the client and in the record; null for a general sentence.</param>
    /// <param name="statusCode">200 to 599.</param>
    public void Block(string? reason = null, int statusCode = 403)
    {
        Respond(statusCode, (reason ?? "Blocked by the proxy.") + "\n");
        Tags.Add("blocked");
    }

    /// <summary>Closes the client's connection (resets the stream in HTTP/2) without an answer. The origin sees nothing more of the request.</summary>
    public abstract void Abort();

    /// <summary>
    /// Hides what <paramref name="pattern"/> matches from everything that logs, shows or keeps this flow: URL, header values, bodies, error
    /// messages, tags. Where it has a group named "secret", only that group is hidden. The wire keeps it. May be called in any hook.
    /// </summary>
    /// <param name="pattern">Applied to requests and responses alike. Give it a match timeout where its input may be hostile: what it cannot finish is hidden whole.</param>
    public void Redact(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Hide.Patterns.Add(pattern);
    }

    /// <summary>Hides <paramref name="secret"/> itself, also percent-encoded or escaped as in JSON, like <see cref="Redact(Regex)"/> does.</summary>
    /// <param name="secret">Case-sensitive.</param>
    /// <exception cref="ArgumentException">Empty.</exception>
    public void RedactText(string secret)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        Hide.Texts.Add(secret);
    }

    /// <summary>Hides the values of the URL parameter <paramref name="name"/>, in the URL and in header fields that hold URLs. The wire keeps them.</summary>
    /// <param name="name">Decoded; compared without case.</param>
    /// <exception cref="ArgumentException">Empty.</exception>
    public void RedactQuery(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Hide.QueryNames.Add(name);
    }

    /// <summary>Hides the values of the form field <paramref name="name"/> (urlencoded or multipart) in recorded bodies. The wire keeps them.</summary>
    /// <param name="name">Decoded; compared without case.</param>
    /// <exception cref="ArgumentException">Empty.</exception>
    public void RedactForm(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Hide.FormNames.Add(name);
    }

    /// <summary>Hides values of JSON bodies from everything that keeps or shows them. The wire keeps them.</summary>
    /// <param name="path">As in RFC 9535: $.user.ssn, $.items[*].key, $..password. Names, indexes, * and .. are known, filters are not.</param>
    /// <exception cref="ArgumentException">Not such a path.</exception>
    public void RedactJson(string path) => Hide.JsonPaths.Add(JsonPath.Parse(path));

    /// <summary>
    /// What may be shown or kept of the flow: a copy in which secrets are hidden, those known by name and those that addons asked to hide. Header
    /// fields are in it, bodies are not. For addons that write logs: in <see cref="Addon.OnCompletedAsync"/> it is final.
    /// </summary>
    public virtual FlowRecord ToRecord() => throw new NotSupportedException("This flow has no record.");

    /// <summary>What addons asked to hide; null while nobody did.</summary>
    internal FlowRedactions? Redactions { get; private set; }

    private FlowRedactions Hide => Redactions ??= new();
}
