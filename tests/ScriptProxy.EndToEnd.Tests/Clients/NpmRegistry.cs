using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ScriptProxy.EndToEnd.Tests.Clients;

/// <summary>A registry of one tiny package.</summary>
internal static class NpmRegistry
{
    public const string Url = "https://origin.test/";
    public const string Package = "tiny-greeting";
    public const string Version = "1.2.3";
    public const string Greeting = "Hello from a package";

    private static readonly byte[] Tarball = MakeTarball();

    public static Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case $"/{Package}":
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync(Document());
            case $"/{Package}/-/{Package}-{Version}.tgz":
                context.Response.ContentType = "application/octet-stream";
                return context.Response.Body.WriteAsync(Tarball).AsTask();
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static string Document()
    {
        var version = new JsonObject
        {
            ["name"] = Package,
            ["version"] = Version,
            ["main"] = "index.js",
            ["dist"] = new JsonObject
            {
                ["tarball"] = $"{Url}{Package}/-/{Package}-{Version}.tgz",
                ["integrity"] = "sha512-" + Convert.ToBase64String(SHA512.HashData(Tarball)),
            },
        };
        return new JsonObject
        {
            ["name"] = Package,
            ["dist-tags"] = new JsonObject { ["latest"] = Version },
            ["versions"] = new JsonObject { [Version] = version },
        }.ToJsonString();
    }

    private static byte[] MakeTarball()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            Add(tar, "package/package.json", $$"""{"name":"{{Package}}","version":"{{Version}}","main":"index.js"}""");
            Add(tar, "package/index.js", $"module.exports = '{Greeting}';\n");
        }

        return bytes.ToArray();
    }

    private static void Add(TarWriter tar, string path, string text) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
}
