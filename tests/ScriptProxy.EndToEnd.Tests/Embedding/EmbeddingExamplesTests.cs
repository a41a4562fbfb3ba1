using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Embedding;

public sealed partial class EmbeddingExamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task HostedProxy_RunsItsAddonAndItsScript()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Api-Key"]!));
        using var process = Start("HostedProxy");
        var output = new ProcessOutput();
        process.OutputDataReceived += output.Add;
        process.BeginOutputReadLine();
        process.ErrorDataReceived += output.Add;
        process.BeginErrorReadLine();
        try
        {
            var found = Match.Empty;
            await Eventually.TrueAsync(() => (found = ListensOn().Match(output.Text)).Success || process.HasExited, () => output.Text);
            Assert.True(found.Success, output.Text);
            using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://{found.Groups[1].Value}") });
            client.DefaultRequestHeaders.Add("X-Api-Key", "planted");

            for (var i = 1; i <= 2; i++)
            {
                using var response = await client.GetAsync(new Uri($"http://{origin.HttpEndPoint}/"));
                Assert.Equal("masked", await response.Content.ReadAsStringAsync());
                Assert.Equal([$"{i}"], response.Headers.GetValues("X-Request-Count"));
            }

            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(Eventually.Patience);
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public async Task HttpClientAddons_ChangeWhatTheClientGets()
    {
        await using var origin = await TestOrigin.StartAsync(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"id":1,"name":"planted"}""");
        });
        using var process = Start("HttpClientAddons", $"http://{origin.HttpEndPoint}/");

        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Eventually.Patience);
        await process.WaitForExitAsync(patience.Token);

        Assert.Equal("", await errors);
        Assert.Equal(["""{"id":1,"name":"***"}""", """{"id":1,"name":"***"}"""], (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose() => _folder.Dispose();

    private Process Start(string example, params string[] arguments)
    {
        // …/bin/Debug/net10.0/ of the tests and of the examples end alike.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Repository.Root, "examples", "embedding", example, "bin", framework.Parent!.Name, framework.Name, example);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ScriptProxy__Listen"] = "127.0.0.1:0";
        start.Environment["ScriptProxy__CaDir"] = _folder.FullName;
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"ScriptProxy listens on (\S+:\d+);")]
    private static partial Regex ListensOn();
}
