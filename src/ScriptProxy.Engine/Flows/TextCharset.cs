using System.Text;

namespace ScriptProxy.Engine.Flows;

/// <summary>The charset parameter of a Content-Type (RFC 9110 §8.3.2).</summary>
internal static class TextCharset
{
    /// <summary>The encoding a body is written in: the charset named, else UTF-8. Unknown names read as UTF-8 too.</summary>
    public static Encoding Of(string? contentType)
    {
        if (contentType is null || !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var parsed) || parsed.CharSet is not { } name)
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        try
        {
            return name.Trim('"').ToUpperInvariant() switch
            {
                "UTF-8" or "UTF8" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                var other => Encoding.GetEncoding(other),
            };
        }
        catch (ArgumentException)
        {
            // An unknown charset is the sender's mistake; UTF-8 shows the most of it.
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }
    }
}
