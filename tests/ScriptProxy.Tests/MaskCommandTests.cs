using System.Text;
using System.Text.Json;
using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

public sealed class MaskCommandTests : IDisposable
{
    private const string Secret = "hunter2/&\"ü?pass";

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-mask-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public static TheoryData<string, string> Encodings => new()
    {
        { Secret, "secret 2" },
        { "q=" + Uri.EscapeDataString(Secret), "secret 2 (percent-encoded)" },
        { JsonSerializer.Serialize(new { a = Secret }), "secret 2 (escaped as JSON)" },
        { Convert.ToHexString(Encoding.UTF8.GetBytes("x" + Secret)), "secret 2 (in hexadecimal)" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)), "secret 2 (in Base64)" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes("u:" + Secret + "zz")), "secret 2 (in Base64)" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes("u" + Secret)), "secret 2 (in Base64)" },
        { "key AKIAABCDEFGHIJKLMNOP", "a token of the shape 'aws'" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task SecretInACapture_IsFoundAndNotPrinted(string text, string found)
    {
        Assert.Equal(1, await VerifyAsync(Har(new { text })));

        Assert.Contains($"log.entries[0].request.text: {found}", _output.ToString().Split(Environment.NewLine));
        Assert.DoesNotContain(Secret, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyInBase64_IsLookedInto()
    {
        var har = Har(new { text = Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"jwt\": \"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4\"}")), encoding = "base64" });

        Assert.Equal(1, await VerifyAsync(har));

        Assert.Contains("log.entries[0].request.text: a token of the shape 'jwt'", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CleanCapture_IsProved()
    {
        Assert.Equal(0, await VerifyAsync(Har(new { text = "***1a2b3c" })));

        Assert.StartsWith("Nothing found: 1 secrets and the known shapes", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("(1,1): warning: shorter than four characters", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "expected a HAR file")]
    [InlineData("no", "'no' is an invalid")]
    [InlineData(null, "cannot be read (there is no such file). Name a HAR file.")]
    public async Task FileThatIsNoCapture_IsRefused(string? har, string problem)
    {
        Assert.Equal(2, await VerifyAsync(har));
        Assert.Contains(problem, _error.ToString(), StringComparison.Ordinal);
    }

    private static string Har(object request) => JsonSerializer.Serialize(new { log = new { entries = new[] { new { request } } } });

    private async Task<int> VerifyAsync(string? har)
    {
        var (file, secrets) = (Path.Combine(_folder, "a.har"), Path.Combine(_folder, "secrets.txt"));
        if (har is not null) await File.WriteAllTextAsync(file, har);
        await File.WriteAllTextAsync(secrets, $"abc\n{Secret}\n");
        return await new CommandLine(_output, _error, _ => null).RunAsync(["mask", "verify", file, "--secrets", secrets]);
    }
}
