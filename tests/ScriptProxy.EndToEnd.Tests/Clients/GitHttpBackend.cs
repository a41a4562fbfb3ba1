using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.EndToEnd.Tests.Clients;

/// <summary>Git's own server program, run once per request (RFC 3875).</summary>
/// <param name="repositories">The folder of the bare repositories.</param>
internal sealed class GitHttpBackend(string repositories)
{
    public async Task AnswerAsync(HttpContext context)
    {
        using var backend = Process.Start(NewStart(context))!;
        var sending = SendAsync(context, backend);
        using var answer = new MemoryStream();
        await backend.StandardOutput.BaseStream.CopyToAsync(answer);
        await sending;
        await RelayAsync(answer.ToArray(), context);
    }

    private ProcessStartInfo NewStart(HttpContext context)
    {
        var request = context.Request;
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var variables = start.Environment;
        variables["GIT_PROJECT_ROOT"] = repositories;
        variables["GIT_HTTP_EXPORT_ALL"] = "1";
        variables["PATH_INFO"] = request.Path.Value;
        variables["QUERY_STRING"] = request.QueryString.Value!.TrimStart('?');
        variables["REQUEST_METHOD"] = request.Method;
        variables["CONTENT_TYPE"] = request.ContentType ?? "";
        variables["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding.ToString();
        variables["GIT_PROTOCOL"] = request.Headers["Git-Protocol"].ToString();
        if (request.ContentLength is { } length) variables["CONTENT_LENGTH"] = length.ToString(CultureInfo.InvariantCulture);

        // Whoever has a name may push.
        variables["REMOTE_USER"] = "test";
        return start;
    }

    private static async Task SendAsync(HttpContext context, Process backend)
    {
        await context.Request.Body.CopyToAsync(backend.StandardInput.BaseStream);
        backend.StandardInput.Close();
    }

    private static async Task RelayAsync(byte[] answer, HttpContext context)
    {
        var response = context.Response;
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.Latin1.GetString(answer, 0, end).Split("\r\n"))
        {
            var (name, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (name == "Status") response.StatusCode = int.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture);
            else response.Headers[name] = value;
        }

        await response.Body.WriteAsync(answer.AsMemory(end + 4));
    }
}
