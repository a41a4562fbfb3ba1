using System.Text;

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

    /// <summary>The connection the request went out on; null before it was sent, and when an addon answered.</summary>
    public abstract ServerConnection? Server { get; }

    /// <summary>The request.</summary>
    public abstract HttpRequest Request { get; }

    /// <summary>The response; null until a head arrived or an addon answered.</summary>
    public abstract HttpResponse? Response { get; }

    /// <summary>Why the exchange failed; null while it has not.</summary>
    public abstract FlowError? Error { get; }

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
}
