using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ScriptProxy.Cli.Masking;

/// <summary>Looks for secrets in every text of a HAR file, names included, and in bodies that are kept as Base64.</summary>
internal static class HarSearch
{
    /// <summary>Where something was found: "log.entries[3].request.headers[2].value: secret 1".</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="FormatException">It is JSON, and no HAR file.</exception>
    public static IReadOnlyList<string> Find(ReadOnlyMemory<byte> har, SecretSearch search)
    {
        using var document = JsonDocument.Parse(har, new JsonDocumentOptions { MaxDepth = 200 });
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("log", out var log)
            || log.ValueKind != JsonValueKind.Object || !log.TryGetProperty("entries", out var entries) || entries.ValueKind != JsonValueKind.Array)
            throw new FormatException("expected a HAR file: a JSON object with log.entries.");
        var found = new List<string>();
        Walk(document.RootElement, "", search, found);
        return [.. found.Distinct()];
    }

    private static void Walk(JsonElement element, string path, SecretSearch search, List<string> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    var name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
                    Look(property.Name, path, search, found);
                    Walk(property.Value, name, search, found);
                }

                WalkEncoded(element, path, search, found);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray()) Walk(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"), search, found);
                break;
            case JsonValueKind.String:
                Look(element.GetString()!, path, search, found);
                break;
            case JsonValueKind.Number:
                Look(element.GetRawText(), path, search, found);
                break;
        }
    }

    /// <summary>A body that is no text: {"text": "…", "encoding": "base64"}.</summary>
    private static void WalkEncoded(JsonElement element, string path, SecretSearch search, List<string> found)
    {
        if (!element.TryGetProperty("encoding", out var encoding) || encoding.ValueKind != JsonValueKind.String || !"base64".Equals(encoding.GetString(), StringComparison.OrdinalIgnoreCase)) return;
        if (!element.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String || !text.TryGetBytesFromBase64(out var bytes)) return;
        Look(Encoding.UTF8.GetString(bytes), path + ".text", search, found);
    }

    private static void Look(string text, string path, SecretSearch search, List<string> found)
    {
        foreach (var what in search.Find(text)) found.Add($"{path}: {what}");
    }
}
