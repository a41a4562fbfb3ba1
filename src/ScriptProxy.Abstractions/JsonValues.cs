using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ScriptProxy;

/// <summary>Replaces values of a JSON text and leaves every other byte as it is.</summary>
internal static class JsonValues
{
    private static readonly JsonReaderOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 1_000, AllowMultipleValues = true };

    /// <summary>What no path asks for: no character, so no name.</summary>
    private const string OtherName = "\uFFFF";

    /// <summary>Replaces what paths lead to.</summary>
    /// <param name="json">UTF-8, without a byte order mark. Several documents may follow each other, as in JSON lines.</param>
    /// <param name="paths">Which values.</param>
    /// <param name="replace">Gets a string's text, or any other value as it stands; gives the string to write, or null to leave it.</param>
    /// <returns>The new text; null when nothing was replaced.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ReadOnlyMemory<byte>? Replace(ReadOnlySpan<byte> json, IReadOnlyList<JsonPath> paths, Func<string, string?> replace)
    {
        ArrayBufferWriter<byte>? output = null;
        var copied = 0;
        var names = paths.SelectMany(path => path.Names).Distinct(StringComparer.Ordinal).Select(name => (name, Encoding.UTF8.GetBytes(name))).ToArray();
        var steps = new List<JsonStep>();
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    steps[^1] = new JsonStep(NameIn(names, ref reader), 0);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    steps.RemoveAt(steps.Count - 1);
                    Advance(steps);
                    continue;
            }

            var start = (int)reader.TokenStartIndex;
            var isMeant = IsMeant(paths, steps);
            if (!isMeant && (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                steps.Add(new JsonStep(reader.TokenType == JsonTokenType.StartObject ? "" : null, 0));
                continue;
            }

            if (isMeant)
            {
                var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : null;
                reader.Skip();
                var end = (int)reader.BytesConsumed;
                if (replace(text ?? Encoding.UTF8.GetString(json[start..end])) is { } replacement)
                {
                    output ??= new ArrayBufferWriter<byte>(json.Length + replacement.Length + 2);
                    output.Write(json[copied..start]);
                    output.Write("\""u8);
                    output.Write(JsonEncodedText.Encode(replacement, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
                    output.Write("\""u8);
                    copied = end;
                }
            }

            Advance(steps);
        }

        if (output is null) return null;
        output.Write(json[copied..]);
        return output.WrittenMemory;
    }

    /// <summary>The name that the reader stands at, if paths ask for it: of the others, which are most, no string is made.</summary>
    private static string NameIn((string Text, byte[] Utf8)[] names, ref Utf8JsonReader reader)
    {
        foreach (var (text, utf8) in names)
        {
            if (reader.ValueTextEquals(utf8)) return text;
        }

        return OtherName;
    }

    private static bool IsMeant(IReadOnlyList<JsonPath> paths, List<JsonStep> steps)
    {
        foreach (var path in paths)
        {
            if (path.Matches(steps)) return true;
        }

        return false;
    }

    /// <summary>In an array, the next value has the next index.</summary>
    private static void Advance(List<JsonStep> steps)
    {
        if (steps.Count > 0 && steps[^1] is { Name: null, Index: var index }) steps[^1] = new JsonStep(null, index + 1);
    }
}
