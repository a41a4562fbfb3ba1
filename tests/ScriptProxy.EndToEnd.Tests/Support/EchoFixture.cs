using System.Security.Cryptography;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>One echoing origin with the command in front of it, shared by the tests of a class, and a folder for their client.</summary>
public sealed class EchoFixture : IAsyncLifetime
{
    /// <summary>Three megabytes to upload.</summary>
    internal static readonly byte[] Upload = RandomNumberGenerator.GetBytes(3 * 1024 * 1024);

    private readonly TemporaryFolder _folder = new();
    private ProxiedOrigin? _proxied;

    internal ProxyProcess Proxy => _proxied!.Proxy;

    /// <summary>Where clients run.</summary>
    internal TemporaryFolder Folder => _folder;

    /// <summary>A file that holds <see cref="Upload"/>.</summary>
    internal string UploadPath { get; private set; } = "";

    public async Task InitializeAsync()
    {
        UploadPath = _folder.Write("upload.bin", Upload);
        _proxied = await ProxiedOrigin.StartAsync(EchoOrigin.AnswerAsync);
    }

    public async Task DisposeAsync()
    {
        if (_proxied is not null) await _proxied.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Asserts that the origin was asked by way of the proxy.</summary>
    internal static EchoAnswer AssertEchoed(string json, string method)
    {
        var answer = EchoAnswer.Parse(json);
        Assert.Equal(method, answer.Method);
        Assert.Equal(ProxiedOrigin.Mark, answer.Through);
        return answer;
    }

    /// <summary>Asserts that <see cref="Upload"/> reached the origin by way of the proxy.</summary>
    internal static EchoAnswer AssertUploaded(string json, string method = "POST")
    {
        var answer = AssertEchoed(json, method);
        Assert.Equal(Upload.Length, answer.BodyLength);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Upload)), answer.BodySha256);
        return answer;
    }

    /// <summary>
    /// Asserts what the test programs print: a line for a GET and one for a POST of <see cref="Upload"/>, each "protocol status body".
    /// </summary>
    internal static void AssertGetAndPost(ProgramRun run, string protocol)
    {
        var lines = run.Succeeded().Lines;
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith($"{protocol} 200 {{", line, StringComparison.Ordinal));
        var answer = AssertEchoed(Body(lines[0]), "GET");
        Assert.Equal("/echo?by=get", answer.Target);
        AssertUploaded(Body(lines[1]));
    }

    private static string Body(string line) => line[line.IndexOf('{', StringComparison.Ordinal)..];
}
