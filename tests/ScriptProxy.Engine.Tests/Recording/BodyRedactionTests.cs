using System.Text;
using System.Text.RegularExpressions;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class BodyRedactionTests
{
    private const string Part = "--b\r\nContent-Disposition: form-data; name=\"NAME\"\r\n\r\nhunter2\r\n";

    private readonly FlowRedactions _redactions = new();

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "a=1&password=hunter2&b=2", "a=1&password=***&b=2")]
    [InlineData("application/x-www-form-urlencoded", "password=hunter2", "password=***")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "pass%77ord=hunter2", "pass%77ord=***")]
    [InlineData("application/json", """{"token":"hunter2"}""", """{"token":"***"}""")]
    [InlineData("application/problem+json; charset=utf-8", """{"token":"hunter2"}""", """{"token":"***"}""")]
    [InlineData(null, """ {"token":"hunter2"}""", """ {"token":"***"}""")]
    [InlineData("text/plain", "token=visible", "token=visible")]
    public void SecretsByDefault_AreMasked(string? contentType, string body, string expected) => Assert.Equal(expected, Redact(body, contentType));

    [Fact]
    public void FormField_IsMaskedByName()
    {
        _redactions.FormNames.Add("pet name");

        Assert.Equal("a=1&Pet+Name=***", Redact("a=1&Pet+Name=hunter2", "application/x-www-form-urlencoded"));
        Assert.Equal("pet%20name=***&a=1", Redact("pet%20name=hunter2&a=1", "application/x-www-form-urlencoded"));
    }

    [Theory]
    [InlineData("password", true)]
    [InlineData("colour", false)]
    public void MultipartField_IsMaskedByName(string name, bool isMasked)
    {
        var body = Part.Replace("NAME", name, StringComparison.Ordinal) + "--b--\r\n";

        var redacted = Redact(body, "multipart/form-data; boundary=\"b\"");

        Assert.Equal(isMasked ? body.Replace("hunter2", "***", StringComparison.Ordinal) : body, redacted);
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2")]
    [InlineData("--b\r\nContent-Disposition: form-data\r\n\r\nhunter2\r\n--b--")]
    [InlineData("--b\r\nhunter2")]
    [InlineData("hunter2")]
    [InlineData("--b--\r\nhunter2")]
    public void MultipartThatCannotBeRead_IsMasked(string body) =>
        Assert.DoesNotContain("hunter2", Redact(body, "multipart/form-data; boundary=b"), StringComparison.Ordinal);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public void Pattern_IsMaskedInAnyBody(string? contentType)
    {
        _redactions.Patterns.Add(new Regex("hunter[0-9]"));

        Assert.Equal("a *** b", Redact("a hunter2 b", contentType));
    }

    [Fact]
    public void BinaryBody_StaysAsItIs()
    {
        _redactions.Patterns.Add(new Regex("hunter2"));
        byte[] body = [0xFF, 0xFE, 0x00, 0x80, 0xC3];

        Assert.Equal(body, new BodyRedaction(_redactions, byDefault: true).Redact(body, "image/png").ToArray());
    }

    private string Redact(string body, string? contentType) =>
        Masks.WithoutDigits(Encoding.UTF8.GetString(new BodyRedaction(_redactions, byDefault: true).Redact(Encoding.UTF8.GetBytes(body), contentType).Span));
}
