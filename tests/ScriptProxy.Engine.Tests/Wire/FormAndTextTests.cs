using System.Text;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Bodies as text and as forms: read in the characters they are written in, written so that the head says the same.</summary>
public sealed class FormAndTextTests
{
    private const string Multipart =
        "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" +
        "--b \t\r\ncontent-disposition: form-data; name=\"f%22x\"; filename=\"C:\\dir\\n.txt\"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\u00E9\r\n--bx\r\n\r\n" +
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--\r\nepilogue";

    [Theory]
    [InlineData("text/plain", "caf\u00C3\u00A9", "café")]
    [InlineData("text/plain; charset=\"UTF-8\"", "caf\u00C3\u00A9", "café")]
    [InlineData("text/plain; charset=iso-8859-1", "caf\u00E9", "café")]
    [InlineData("text/plain; charset=windows-1252", "\u0080", "€")]
    [InlineData("text/plain; charset=shift_jis", "\u0083e\u0083X\u0083g", "テスト")]
    [InlineData("text/plain; charset=nonsense", "caf\u00C3\u00A9", "café")]
    [InlineData("text/plain; charset=iso-8859-1", "\u00EF\u00BB\u00BFcaf\u00C3\u00A9", "café")]
    [InlineData("text/plain", "\u00FF\u00FEa\0b\0", "ab")]
    [InlineData("text/plain", "\u00FE\u00FF\0a\0b", "ab")]
    public async Task Text_IsReadByItsMarkElseItsCharset(string contentType, string body, string expected) =>
        Assert.Equal(expected, await ReadAsync(contentType, body, async message => await message.ReadTextAsync()));

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1", "café", "text/plain; charset=iso-8859-1", "caf\u00E9")]
    [InlineData("text/plain; charset=iso-8859-1", "€", "text/plain; charset=utf-8", "\u00E2\u0082\u00AC")]
    [InlineData("text/plain; charset=nonsense", "é", "text/plain; charset=utf-8", "\u00C3\u00A9")]
    [InlineData("text/plain; charset=utf-16", "é", "text/plain; charset=utf-16", "\u00FF\u00FE\u00E9\0")]
    [InlineData("text/html", "é", "text/html", "\u00C3\u00A9")]
    [InlineData(null, "é", "text/plain; charset=utf-8", "\u00C3\u00A9")]
    public async Task TextSet_IsWrittenInTheCharsetOrTheCharsetIsChanged(string? contentType, string text, string contentTypeAfter, string body)
    {
        var sent = await WriteAsync(contentType, message => message.SetText(text));
        Assert.Contains($"\r\nContent-Type: {contentTypeAfter}\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n{body}", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", "\u00EF\u00BB\u00BF{\"a\":1}")]
    [InlineData("application/json; charset=utf-16", "\u00FF\u00FE{\0\"\0a\0\"\0:\0" + "1\0}\0")]
    public async Task Json_IsReadWhateverItsCharacters(string contentType, string body) =>
        Assert.Equal(1, await ReadAsync(contentType, body, async message => (await message.ReadJsonAsync<Dictionary<string, int>>())!["a"]));

    [Fact]
    public async Task UrlEncodedForm_KeepsOrderAndRepetition()
    {
        var form = await ReadAsync("application/x-www-form-urlencoded", "b=1&a=x+y%20z&&b=%C3%A9&flag&e=&=v&odd=%zz%4", async message => await message.ReadFormAsync());

        Assert.Equal("b=1|a=x y z|b=é|flag=|e=|=v|odd=%zz%4", string.Join('|', form.Select(field => $"{field.Name}={field.Value}")));
        Assert.Equal(["1", "é"], form.GetAll("b"));
        Assert.Null(form["none"]);
    }

    [Fact]
    public async Task MultipartForm_HasTextsAndFiles()
    {
        var form = await ReadAsync("multipart/form-data; boundary=\"b\"", Multipart, async message => await message.ReadFormAsync());

        Assert.Equal(["a", "f\"x", "a"], form.Select(field => field.Name));
        Assert.Equal(["1", ""], form.GetAll("a"));
        var file = form.Find("f\"x")!;
        Assert.True(file.IsFile);
        Assert.Equal("C:\\dir\\n.txt", file.FileName);
        Assert.Equal("text/plain; charset=iso-8859-1", file.ContentType);
        Assert.Equal("café\r\n--bx\r\n", file.Value);
        Assert.Equal("caf\u00E9\r\n--bx\r\n", Encoding.Latin1.GetString(file.Bytes.Span));
    }

    [Fact]
    public async Task MultipartForm_CutAnywhere_IsRefused()
    {
        var end = Multipart.IndexOf("--b--", StringComparison.Ordinal) + 4;
        for (var length = 0; length < end; length++)
        {
            await ReadAsync("multipart/form-data; boundary=b", Multipart[..length], async message =>
            {
                if (length > 0) await Assert.ThrowsAsync<InvalidDataException>(async () => await message.ReadFormAsync());
                return 0;
            }, length % 40 == 7 || length > end - 3);
        }
    }

    [Theory]
    [InlineData("text/plain", "a=1", "no form")]
    [InlineData("multipart/form-data", "--b--", "no boundary")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Type: a/b\r\n\r\n\r\n--b--", "no name")]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=2&c=3", "more than 2 fields")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--", "more than 2 parts")]
    public async Task WhatIsNoForm_IsNamed(string contentType, string body, string problem)
    {
        var exception = await ReadAsync(contentType, body, async message => await Assert.ThrowsAsync<InvalidDataException>(async () => await message.ReadFormAsync(maxFields: 2)));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FormSet_IsUrlEncoded()
    {
        var form = new Form { { "a", "x y&=é" }, { "b", "" } };
        form["a"] += "!";
        form["c"] = "*-._~";
        var sent = await WriteAsync("text/plain", message => message.SetForm(form));

        Assert.Contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\na=x+y%26%3D%C3%A9%21&b=&c=*-._%7E", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FormWithFileSet_IsMultipartAndReadsTheSame()
    {
        var form = new Form { { "a", "1" }, new FormField("f\"\r\n", "content\r\n--"u8.ToArray(), "n\".txt", "text/plain") };
        var sent = await WriteAsync(null, message => message.SetForm(form));

        var head = sent.IndexOf("Content-Type: multipart/form-data; boundary=", StringComparison.Ordinal);
        var contentType = sent[(head + 14)..sent.IndexOf("\r\n", head, StringComparison.Ordinal)];
        var read = await ReadAsync(contentType, sent[(sent.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..], async message => await message.ReadFormAsync());
        Assert.Equal(form.Select(Shown), read.Select(Shown));
    }

    [Fact]
    public async Task MultipartFormSetAgain_KeepsItsBoundaryUnlessItOccurs()
    {
        var form = new Form { { "a", "1" } };
        Assert.Contains("\r\nContent-Type: multipart/form-data; boundary=bound\r\n", await WriteAsync("multipart/form-data; boundary=bound", message => message.SetForm(form)), StringComparison.Ordinal);
        form["a"] = "--bound";
        Assert.Contains("boundary=----ScriptProxy", await WriteAsync("multipart/form-data; boundary=bound", message => message.SetForm(form)), StringComparison.Ordinal);
    }

    [Fact]
    public void FormEdited_KeepsThePlaceOfTheFirst()
    {
        var form = new Form { { "a", "1" }, { "b", "2" }, { "a", "3" } };
        form["a"] = "x";
        Assert.Equal("a=x|b=2", string.Join('|', form.Select(field => $"{field.Name}={field.Value}")));
        form["b"] = null;
        Assert.True(form.Remove("a"));
        Assert.False(form.Remove("a"));
        Assert.Empty(form);
    }

    private static string Shown(FormField field) => $"{field.Name}|{field.FileName}|{field.Value}";

    private static async Task<T> ReadAsync<T>(string contentType, string body, Func<HttpMessage, Task<T>> read, bool run = true)
    {
        T result = default!;
        if (!run) return result;
        var addon = new HookAddon { Request = async flow => result = await read(flow.Request) };
        await OneExchange.RunAsync(addon, $"POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n{body}", WireCase.Ok);
        return result;
    }

    private static async Task<string> WriteAsync(string? contentType, Action<HttpMessage> write)
    {
        var field = contentType is null ? "" : $"Content-Type: {contentType}\r\n";
        var exchange = await OneExchange.RunAsync(HookAddon.OnRequest(flow => write(flow.Request)), $"POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n{field}Content-Length: 5\r\n\r\nhello", WireCase.Ok);
        return exchange.OriginReceived;
    }
}
