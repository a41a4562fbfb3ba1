namespace ScriptProxy.Engine.Recording;

/// <summary>The secrets that a flow's heads hold, to be found again in texts about the flow.</summary>
internal static class FlowSecrets
{
    // What is shorter stands in too many words.
    private const int ShortestSecret = 4;

    /// <summary>The values of secret header fields, cookies and URL parameters, as they stand and decoded; longest first.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="byDefault">Whether what is secret by name counts; what addons redacted always does.</param>
    public static IReadOnlyList<string> Of(HttpFlow flow, bool byDefault)
    {
        var secrets = new HashSet<string>(StringComparer.Ordinal);
        AddHeaders(secrets, flow.Request.Headers, flow, byDefault);
        if (flow.Response is { } response) AddHeaders(secrets, response.Headers, flow, byDefault);
        foreach (var pair in flow.Request.Query.Split('&')) AddParameter(secrets, pair, flow, byDefault);
        return [.. secrets.Where(secret => secret.Length >= ShortestSecret).OrderByDescending(secret => secret.Length)];
    }

    private static void AddHeaders(HashSet<string> secrets, HeaderList headers, HttpFlow flow, bool byDefault)
    {
        foreach (var (name, value) in headers)
        {
            var isSecret = (byDefault && SecretNames.IsHeader(name)) || flow.Request.Headers.IsRedacted(name) || flow.Response?.Headers.IsRedacted(name) == true;
            if (!isSecret) continue;
            var space = value.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && SecretMask.IsScheme(value.AsSpan(0, space))) secrets.Add(value[(space + 1)..].Trim());
            else secrets.Add(value);
            if (!name.EndsWith("Cookie", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var cookie in value.Split(';')) secrets.Add(cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim());
        }
    }

    private static void AddParameter(HashSet<string> secrets, string pair, HttpFlow flow, bool byDefault)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return;
        var name = pair.AsSpan(0, equals);
        var isSecret = byDefault && SecretNames.IsParameter(name);
        foreach (var wanted in flow.Redactions?.QueryNames ?? []) isSecret |= SecretNames.IsSame(name, wanted);
        if (!isSecret) return;
        secrets.Add(pair[(equals + 1)..]);
        secrets.Add(Uri.UnescapeDataString(pair[(equals + 1)..].Replace('+', ' ')));
    }
}
