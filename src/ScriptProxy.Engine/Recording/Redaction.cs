namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Makes the record that sinks see of a flow, secrets masked. The only way from a flow to anything that shows or keeps it. Thread-safe.
/// </summary>
/// <param name="showSecrets">Leaves secrets known by name as they are. What an addon redacts stays hidden.</param>
internal sealed class Redaction(bool showSecrets)
{
    /// <summary>What addons are given: secrets stay hidden, even where the user wants to see them.</summary>
    public static Redaction ForAddons { get; } = new(showSecrets: false);

    /// <summary>Copies what sinks may see. Strings are the flow's own where nothing is hidden in them.</summary>
    /// <param name="flow">A flow that has ended.</param>
    /// <param name="withHeaders">Whether a sink wants the header fields; they cost a string each.</param>
    /// <param name="withBodies">Whether a sink wants the bodies that are in memory.</param>
    public FlowRecord ToRecord(HttpFlow flow, bool withHeaders, bool withBodies = false)
    {
        var hidden = flow.Redactions;
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
            User = flow.Client.User,
            Method = method,
            Url = method == "CONNECT" ? Authority(request) : Url(request.Url, hidden),
            Protocol = Protocol(request.HttpVersion),
            OriginProtocol = flow.Server is not null && response is { IsLocal: false } ? Protocol(response.HttpVersion) : null,
            StatusCode = response?.StatusCode ?? (flow.Error is { StatusCode: > 0 } answered ? answered.StatusCode : null),
            RequestBytes = timings.RequestBytes,
            ResponseBytes = timings.ResponseBytes,
            Error = flow.Error is { } error ? Redacted(error, hidden) : null,
            Upstream = UpstreamOf(flow),
            Tags = flow is Flows.Flow { HasTags: false } ? [] : [.. flow.Tags.Select(tag => TextRedaction.Redact(tag, hidden))],
            RequestHeaders = withHeaders ? Headers(request.Headers, flow) : [],
            ResponseHeaders = withHeaders && response is not null ? Headers(response.Headers, flow) : [],
            RequestBody = withBodies && request is Flows.FlowRequest { Body: var requestBody } ? Body(requestBody, request.Headers["Content-Type"], hidden) : null,
            ResponseBody = withBodies && response is Flows.FlowResponse { Body: var responseBody } ? Body(responseBody, response.Headers["Content-Type"], hidden) : null,
        };
    }

    /// <summary>The URL with user information and secret parameters masked; the same instance when there is nothing to hide.</summary>
    /// <param name="url">The URL, or a text that may hold some.</param>
    /// <param name="hidden">What addons asked to hide; null for nothing.</param>
    public string Url(string url, FlowRedactions? hidden = null)
    {
        if (hidden is null) return showSecrets ? url : UrlRedaction.Redact(url);
        return TextRedaction.RedactUrl(UrlRedaction.Redact(url, !showSecrets, hidden.QueryNames), hidden);
    }

    /// <summary>A header value as sinks may see it; the same instance when there is nothing to hide.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="hidden">What addons asked to hide; null for nothing.</param>
    public string HeaderValue(string name, string value, FlowRedactions? hidden = null)
    {
        if (showSecrets || !SecretNames.IsHeader(name)) return Url(value, hidden);
        if (name.Equals("Cookie", StringComparison.OrdinalIgnoreCase)) return SecretMask.OfCookies(value);
        return name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) ? SecretMask.OfSetCookie(value) : SecretMask.OfHeaderValue(value);
    }

    /// <summary>A text about a flow, such as an addon's exception, without the flow's secrets: exceptions like to quote what they could not read.</summary>
    public string Message(HttpFlow flow, string text)
    {
        text = Url(text, flow.Redactions);
        foreach (var secret in FlowSecrets.Of(flow, byDefault: !showSecrets))
        {
            if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, SecretMask.Of(secret), StringComparison.Ordinal);
        }

        return text;
    }

    private KeyValuePair<string, string>[] Headers(HeaderList list, HttpFlow flow)
    {
        var (request, response) = (flow.Request.Headers, flow.Response?.Headers);
        var headers = new KeyValuePair<string, string>[list.Count];
        for (var i = 0; i < headers.Length; i++)
        {
            var (name, value) = list[i];

            // What an addon hid in one direction is hidden in the other: an origin that echoes a header must not undo it.
            var isRedacted = request.IsRedacted(name) || response?.IsRedacted(name) == true;
            headers[i] = new(name, isRedacted ? SecretMask.OfHeaderValue(value) : HeaderValue(name, value, flow.Redactions));
        }

        return headers;
    }

    private ReadOnlyMemory<byte>? Body(Flows.MessageBody body, string? contentType, FlowRedactions? hidden)
    {
        if (body.InMemory is not { } bytes) return null;
        return showSecrets && hidden is null ? bytes : new BodyRedaction(hidden, byDefault: !showSecrets).Redact(bytes, contentType);
    }

    private FlowError Redacted(FlowError error, FlowRedactions? hidden)
    {
        // Messages hold no secrets by contract; a URL quoted in one is masked all the same.
        var message = Url(error.Message, hidden);
        return ReferenceEquals(message, error.Message) ? error : error with { Message = message };
    }

    // The connection knows it best, even of a group; where none was had, there is what was chosen.
    private static string? UpstreamOf(HttpFlow flow)
    {
        // The last try, which may have reached no server, and those before it.
        if (flow is Flows.Flow { ClusterRun: { } run, Route: { } last }) return run.Describe() is { } tries ? $"{last}: {tries}" : last.ToString();
        if (flow.Server is { RouteReason: { } reason } server) return $"{server.Upstream} ({reason})";
        return flow is Flows.Flow { Server: null, Route: { Reason: not null } route } ? route.ToString() : null;
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
