using System.IO.Compression;
using System.Text;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>Content codings as other programs make and read them.</summary>
internal static class ContentCodings
{
    public static byte[] Encode(string text, string codings) => Encode(Encoding.UTF8.GetBytes(text), codings);

    public static byte[] Encode(byte[] body, string codings)
    {
        foreach (var coding in Names(codings))
        {
            var coded = new MemoryStream();
            using (Stream encoder = coding switch
            {
                "gzip" => new GZipStream(coded, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(coded, CompressionLevel.Optimal),
                "raw-deflate" => new DeflateStream(coded, CompressionLevel.Optimal),
                "zstd" => new ZstandardEncoder(coded),
                _ => new BrotliStream(coded, CompressionLevel.Optimal),
            }) encoder.Write(body);
            body = coded.ToArray();
        }

        return body;
    }

    public static string Decode(byte[] body, string codings)
    {
        foreach (var coding in Names(codings).Reverse())
        {
            using Stream decoder = coding switch
            {
                "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
                "deflate" => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
                "zstd" => new ZstandardDecoder(new MemoryStream(body)),
                _ => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
            };
            var decoded = new MemoryStream();
            decoder.CopyTo(decoded);
            body = decoded.ToArray();
        }

        return Encoding.UTF8.GetString(body);
    }

    private static string[] Names(string codings) => codings.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
