using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Masks values of a JSON document (or several, one after the other) and leaves every other byte as it is. What follows a mistake in the
/// document is masked whole: nobody can say what it holds.
/// </summary>
/// <param name="redactions">What addons asked to hide; null for nothing.</param>
/// <param name="byDefault">Whether values are masked whose name says that they are secret.</param>
internal sealed class JsonRedaction(FlowRedactions? redactions, bool byDefault)
{
    private const int DeepestNesting = 512;

    // The steps to the value being read; the last one of an array counts its elements.
    private readonly List<JsonStep> _steps = [];
    private readonly Stack<bool> _arrays = new();

    /// <summary>The document with secrets masked.</summary>
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> document)
    {
        var json = document.Span;
        var start = json.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        json = json[start..];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions
        {
            AllowMultipleValues = true,
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = DeepestNesting,
        });
        var output = new ArrayBufferWriter<byte>(json.Length + 64);
        var copied = 0;
        try
        {
            while (reader.Read())
            {
                if (!IsSecretValue(ref reader)) continue;
                var from = (int)reader.TokenStartIndex;
                var mask = MaskOf(ref reader, json);
                output.Write(json[copied..from]);
                WriteText(output, mask);
                copied = (int)reader.BytesConsumed;
            }

            output.Write(json[copied..]);
        }
        catch (JsonException)
        {
            var sound = Math.Max((int)reader.BytesConsumed, copied);
            output.Write(json[copied..sound]);
            Encoding.UTF8.GetBytes(SecretMask.Of(Encoding.UTF8.GetString(json[sound..])), output);
        }

        return output.WrittenMemory;
    }

    /// <summary>Keeps track of where the reader is.</summary>
    /// <returns>Whether it stands at the beginning of a value that is to be masked.</returns>
    private bool IsSecretValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _steps[^1] = new JsonStep(Name(ref reader), 0);
                return false;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _steps.RemoveAt(_steps.Count - 1);
                _arrays.Pop();
                return false;
        }

        if (_arrays.TryPeek(out var isArray) && isArray) _steps[^1] = _steps[^1] with { Index = _steps[^1].Index + 1 };
        if (IsSecret(reader.TokenType)) return true;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return false;

        _arrays.Push(reader.TokenType == JsonTokenType.StartArray);
        _steps.Add(new JsonStep(null, -1));
        return false;
    }

    private bool IsSecret(JsonTokenType type)
    {
        if (_steps.Count > 0 && byDefault && type is JsonTokenType.String or JsonTokenType.Number && NearestName() is { } name && SecretNames.IsField(name)) return true;
        foreach (var path in redactions?.JsonPaths ?? [])
        {
            if (path.Matches(_steps)) return true;
        }

        return false;
    }

    /// <summary>The name of the value, or of the array that it is an element of.</summary>
    private string? NearestName()
    {
        for (var i = _steps.Count - 1; i >= 0; i--)
        {
            if (_steps[i].Name is { } name) return name;
        }

        return null;
    }

    private static string Name(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8, or half a surrogate.
            return Encoding.Latin1.GetString(reader.ValueSpan);
        }
    }

    private static string MaskOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType == JsonTokenType.String) return SecretMask.Of(Name(ref reader));
        var from = (int)reader.TokenStartIndex;
        reader.Skip();
        return SecretMask.Of(Encoding.UTF8.GetString(json[from..(int)reader.BytesConsumed]));
    }

    /// <summary>A mask has no character that JSON would escape.</summary>
    private static void WriteText(ArrayBufferWriter<byte> output, string mask)
    {
        output.Write("\""u8);
        Encoding.UTF8.GetBytes(mask, output);
        output.Write("\""u8);
    }
}
