namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Makes the record that sinks see of a flow, secrets masked. The only way from a flow to anything that shows or keeps it. Thread-safe.
/// </summary>
/// <param name="showSecrets">Leaves secrets known by name as they are. What an addon redacts stays hidden.</param>
internal sealed class Redaction(bool showSecrets)
{
    /// <summary>Copies what sinks may see. Strings are the flow's own where nothing is hidden in them.</summary>
    /// <param name="flow">A flow that has ended.</param>
    /// <param name="withHeaders">Whether a sink wants the header fields; they cost a string each.</param>
    public FlowRecord ToRecord(HttpFlow flow, bool withHeaders)
    {
        var request = flow.Request;
        var response = flow.Response;
        var timings = flow.Timings;
        var method = request.Method;
        return new FlowRecord
        {
            Id = flow.Id,
            Started = timings.Started,
            Duration = timings.Total ?? TimeSpan.Zero,
            Client = flow.Client.RemoteEndPoint.ToString(),
            Method = method,
            Url = method == "CONNECT" ? Authority(request) : Url(request.Url),
            Protocol = Protocol(request.HttpVersion),
            StatusCode = response?.StatusCode ?? (flow.Error is { StatusCode: > 0 } answered ? answered.StatusCode : null),
            RequestBytes = timings.RequestBytes,
            ResponseBytes = timings.ResponseBytes,
            Error = flow.Error is { } error ? Redacted(error) : null,
            Tags = flow is Flows.Flow { HasTags: false } ? [] : [.. flow.Tags],
            RequestHeaders = withHeaders ? Headers(request.Headers, request.Headers, response?.Headers) : [],
            ResponseHeaders = withHeaders && response is not null ? Headers(response.Headers, request.Headers, response.Headers) : [],
        };
    }

    /// <summary>The URL with user information and secret parameters masked; the same instance when there is nothing to hide.</summary>
    public string Url(string url) => showSecrets ? url : UrlRedaction.Redact(url);

    /// <summary>A header value as sinks may see it; the same instance when there is nothing to hide.</summary>
    public string HeaderValue(string name, string value)
    {
        if (showSecrets) return value;
        if (!SecretNames.IsHeader(name)) return UrlRedaction.Redact(value);
        if (name.Equals("Cookie", StringComparison.OrdinalIgnoreCase)) return SecretMask.OfCookies(value);
        return name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) ? SecretMask.OfSetCookie(value) : SecretMask.OfHeaderValue(value);
    }

    private KeyValuePair<string, string>[] Headers(HeaderList list, HeaderList request, HeaderList? response)
    {
        var headers = new KeyValuePair<string, string>[list.Count];
        for (var i = 0; i < headers.Length; i++)
        {
            var (name, value) = list[i];

            // What an addon hid in one direction is hidden in the other: an origin that echoes a header must not undo it.
            var hidden = request.IsRedacted(name) || response?.IsRedacted(name) == true;
            headers[i] = new(name, hidden ? SecretMask.OfHeaderValue(value) : HeaderValue(name, value));
        }

        return headers;
    }

    private FlowError Redacted(FlowError error)
    {
        // Messages hold no secrets by contract; a URL quoted in one is masked all the same.
        var message = Url(error.Message);
        return ReferenceEquals(message, error.Message) ? error : error with { Message = message };
    }

    private static string Authority(HttpRequest request)
    {
        var host = request.Host;
        return host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{request.Port}" : $"{host}:{request.Port}";
    }

    private static string Protocol(Version version) => version switch
    {
        { Major: 1, Minor: 1 } => "HTTP/1.1",
        { Major: 2 } => "HTTP/2.0",
        { Major: 1, Minor: 0 } => "HTTP/1.0",
        _ => $"HTTP/{version}",
    };
}
