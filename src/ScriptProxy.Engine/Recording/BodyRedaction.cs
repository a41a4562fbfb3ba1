namespace ScriptProxy.Engine.Recording;

/// <summary>Masks the secrets of a decoded body by what its Content-Type says it is: JSON, forms, text. Binary bodies are left as they are.</summary>
/// <param name="redactions">What addons asked to hide; null for nothing.</param>
/// <param name="byDefault">Whether fields are masked whose name says that they are secret.</param>
internal sealed class BodyRedaction(FlowRedactions? redactions, bool byDefault)
{
    private IReadOnlyList<string> FormNames => redactions?.FormNames ?? [];

    /// <summary>The body as sinks may see it.</summary>
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> body, string? contentType)
    {
        if (body.IsEmpty) return body;
        _ = System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var parsed);
        var type = parsed?.MediaType?.ToLowerInvariant() ?? "";
        if (type == "multipart/form-data" && Boundary(parsed!) is { } boundary) body = MultipartRedaction.Redact(body, boundary, IsSecretField);
        else if (IsJson(type) || (type.Length == 0 && LooksLikeJson(body.Span))) body = new JsonRedaction(redactions, byDefault).Redact(body);
        var isForm = type == "application/x-www-form-urlencoded";
        return isForm || redactions is { HidesText: true } ? RedactText(body, contentType, isForm) : body;
    }

    private static bool IsJson(string type) =>
        type.EndsWith("json", StringComparison.Ordinal) || type is "application/x-ndjson" or "application/jsonl" or "application/json-seq" or "application/json5";

    // Clients forget to say what they send.
    private static bool LooksLikeJson(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'{' or (byte)'[', ..];

    private static string? Boundary(System.Net.Http.Headers.MediaTypeHeaderValue contentType) =>
        contentType.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"') is { Length: > 0 } boundary
            ? boundary
            : null;

    private bool IsSecretField(string name) =>
        (byDefault && SecretNames.IsParameter(name)) || FormNames.Any(wanted => wanted.Equals(name, StringComparison.OrdinalIgnoreCase));

    private ReadOnlyMemory<byte> RedactText(ReadOnlyMemory<byte> body, string? contentType, bool isForm)
    {
        var encoding = TextCharset.Of(contentType);

        // Bytes that are no text in that charset must survive where nothing is hidden.
        var text = encoding.GetString(body.Span);
        var redacted = isForm ? UrlRedaction.RedactForm(text, byDefault, FormNames) : text;
        redacted = TextRedaction.Redact(redacted, redactions);
        return ReferenceEquals(redacted, text) ? body : encoding.GetBytes(redacted);
    }
}
