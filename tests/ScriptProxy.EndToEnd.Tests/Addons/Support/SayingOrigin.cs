using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>Answers what it is told to, or with what it was asked.</summary>
internal static class SayingOrigin
{
    /// <summary>The target of a request that is answered with this.</summary>
    public static string Say(string body, string type = "text/plain", string? status = null, string? encoding = null, params string[] headers)
    {
        var target = $"/say?type={Uri.EscapeDataString(type)}&body={Uri.EscapeDataString(body)}";
        if (status is not null) target += $"&status={status}";
        if (encoding is not null) target += $"&encoding={encoding}";
        return target + string.Concat(headers.Select(header => $"&header={Uri.EscapeDataString(header)}"));
    }

    /// <summary>
    /// /say answers what its query says: status, type, body, encoding (gzip or br), header (name:value, several). Everything else is answered with the request
    /// as it arrived: method and target in the first line, header fields in lower case, an empty line, the body.
    /// </summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!request.Path.StartsWithSegments("/say"))
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            var fields = request.Headers.OrderBy(field => field.Key, StringComparer.OrdinalIgnoreCase).Select(field => $"{field.Key.ToLowerInvariant()}: {field.Value}\n");
            var echo = $"{request.Method} {request.Path.ToUriComponent()}{request.QueryString}\n{string.Concat(fields)}\n{await reader.ReadToEndAsync()}";
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync(echo);
            return;
        }

        var said = request.Query;
        if (said["status"].ToString() is { Length: > 0 } status) response.StatusCode = int.Parse(status, CultureInfo.InvariantCulture);
        if (said["type"].ToString() is { Length: > 0 } type) response.ContentType = type;
        foreach (var field in said["header"])
        {
            var (name, value) = (field!.Split(':', 2)[0], field.Split(':', 2)[1]);
            response.Headers.Append(name, value);
        }

        var body = Encoded(Encoding.UTF8.GetBytes(said["body"].ToString()), said["encoding"].ToString());
        if (said["encoding"].ToString() is { Length: > 0 } encoding) response.Headers.ContentEncoding = encoding;
        if (response.StatusCode is 204 or 304) return;
        response.ContentLength = body.Length;
        if (request.Method != "HEAD") await response.Body.WriteAsync(body);
    }

    private static byte[] Encoded(byte[] body, string encoding)
    {
        if (encoding.Length == 0) return body;
        using var stream = new MemoryStream();
        using (Stream coder = encoding == "br" ? new BrotliStream(stream, CompressionLevel.Fastest) : new GZipStream(stream, CompressionLevel.Fastest)) coder.Write(body);
        return stream.ToArray();
    }
}
