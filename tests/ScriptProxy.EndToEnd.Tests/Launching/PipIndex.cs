using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.EndToEnd.Tests.Launching;

/// <summary>A package index of one tiny wheel.</summary>
internal static class PipIndex
{
    public const string Url = "https://origin.test/simple";
    public const string Wheel = "tiny_greeting-1.2.3-py3-none-any.whl";

    private static readonly byte[] Content = MakeWheel();

    public static Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/simple/tiny-greeting/":
                context.Response.ContentType = "text/html";
                return context.Response.WriteAsync($"<!doctype html><a href=\"/files/{Wheel}\">{Wheel}</a>");
            case $"/files/{Wheel}":
                context.Response.ContentType = "application/octet-stream";
                return context.Response.Body.WriteAsync(Content).AsTask();
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static byte[] MakeWheel()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "tiny_greeting.py", "GREETING = 'Hello'\n");
            Add(zip, "tiny_greeting-1.2.3.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-greeting\nVersion: 1.2.3\n");
            Add(zip, "tiny_greeting-1.2.3.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Add(zip, "tiny_greeting-1.2.3.dist-info/RECORD", "tiny_greeting.py,,\n");
        }

        return bytes.ToArray();
    }

    private static void Add(ZipArchive zip, string path, string text)
    {
        using var entry = zip.CreateEntry(path).Open();
        entry.Write(Encoding.UTF8.GetBytes(text));
    }
}
