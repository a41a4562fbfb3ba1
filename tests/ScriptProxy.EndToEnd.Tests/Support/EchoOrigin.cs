using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>What the origin of most tests answers.</summary>
internal static class EchoOrigin
{
    /// <summary>The header that the proxy's script puts on every request.</summary>
    public const string ThroughHeader = "X-Through";

    /// <summary>What /blob is made of: 3 MB that no compression makes smaller.</summary>
    public static readonly byte[] Blob = MakeBlob();

    /// <summary>/redirect leads to /echo, /blob is bytes that can be had in part, /compressed is them in gzip for who accepts it; all else is an <see cref="EchoAnswer"/>.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/redirect":
                context.Response.Redirect("/echo?by=redirect");
                return Task.CompletedTask;
            case "/blob":
                return SendBlobAsync(context);
            case "/compressed" when context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal):
                return SendCompressedAsync(context);
            default:
                return EchoAsync(context);
        }
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var answer = new EchoAnswer(
            request.Method,
            $"{request.Path}{request.QueryString}",
            request.Headers[ThroughHeader],
            body.Length,
            Convert.ToHexStringLower(SHA256.HashData(body.ToArray())),
            request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()));
        context.Response.ContentType = "application/json";
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, JsonSerializerOptions.Web);
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json);
    }

    private static async Task SendBlobAsync(HttpContext context)
    {
        var (first, last) = (0, Blob.Length - 1);
        if (context.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            var bounds = range["bytes=".Length..].Split('-');
            first = int.Parse(bounds[0], CultureInfo.InvariantCulture);
            if (bounds[1].Length > 0) last = int.Parse(bounds[1], CultureInfo.InvariantCulture);
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {first}-{last}/{Blob.Length}";
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.AcceptRanges = "bytes";
        context.Response.ContentLength = last - first + 1;
        if (context.Request.Method != "HEAD") await context.Response.Body.WriteAsync(Blob.AsMemory(first, last - first + 1));
    }

    private static async Task SendCompressedAsync(HttpContext context)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(Blob);
    }

    private static byte[] MakeBlob()
    {
        var bytes = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
