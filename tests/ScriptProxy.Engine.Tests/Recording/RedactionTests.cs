using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class RedactionTests
{
    private readonly SampleFlow _flow = new();
    private readonly Redaction _redaction = new(showSecrets: false);

    [Theory]
    [InlineData("Authorization", "Bearer hunter2", "Bearer ***")]
    [InlineData("authorization", "Basic hunter2==", "Basic ***")]
    [InlineData("Authorization", "hunter2", "***")]
    [InlineData("Authorization", "my hunter2", "***")]
    [InlineData("Authorization", "Digest username=\"hunter2\", response=\"hunter2\"", "Digest ***")]
    [InlineData("Authorization", "AWS4-HMAC-SHA256 Credential=hunter2/x, Signature=hunter2", "AWS4-HMAC-SHA256 ***")]
    [InlineData("Proxy-Authorization", "Basic hunter2", "Basic ***")]
    [InlineData("Cookie", "sid=hunter2; theme=hunter2", "sid=***; theme=***")]
    [InlineData("Cookie", "hunter2", "***")]
    [InlineData("Cookie", "a=hunter2=hunter2;b", "a=***; ***")]
    [InlineData("Set-Cookie", "sid=hunter2; Path=/; HttpOnly; SameSite=Lax", "sid=***; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("Set-Cookie", "sid=a; odd=hunter2", "sid=***; odd=***")]
    [InlineData("X-Api-Key", "hunter2", "***")]
    [InlineData("Api-Key", "hunter2", "***")]
    [InlineData("X-Auth-Token", "hunter2", "***")]
    [InlineData("X-Access-Token", "hunter2", "***")]
    [InlineData("X-Amz-Security-Token", "hunter2", "***")]
    [InlineData("X-CSRF-Token", "hunter2", "***")]
    [InlineData("X-XSRF-TOKEN", "hunter2", "***")]
    [InlineData("X-Goog-Api-Key", "hunter2", "***")]
    [InlineData("Private-Token", "hunter2", "***")]
    [InlineData("Job-Token", "hunter2", "***")]
    [InlineData("X-Vault-Token", "hunter2", "***")]
    [InlineData("Ocp-Apim-Subscription-Key", "hunter2", "***")]
    [InlineData("X-Forwarded-Authorization", "Bearer hunter2", "Bearer ***")]
    [InlineData("Location", "https://user:hunter2@origin.test/?code=hunter2", "https://***@origin.test/?code=***")]
    [InlineData("Referer", "https://origin.test/?token=hunter2", "https://origin.test/?token=***")]
    [InlineData("Link", "<https://origin.test/?token=hunter2>; rel=next", "<https://origin.test/?token=***")]
    [InlineData("Refresh", "0;url=https://user:hunter2@origin.test/", "0;url=https://***@origin.test/")]
    public void SecretHeader_IsMasked(string name, string value, string expected)
    {
        _flow.Request.Headers.Add(name, value);

        var record = _redaction.ToRecord(_flow, withHeaders: true);

        Assert.Equal(expected, Masks.WithoutDigits(Assert.Single(record.RequestHeaders).Value));
    }

    [Theory]
    [InlineData("Accept", "text/html;q=0.9, */*")]
    [InlineData("Content-Type", "text/html; charset=utf-8")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData("WWW-Authenticate", "Basic realm=\"x\"")]
    [InlineData("Location", "https://origin.test/a?b=c")]
    public void OtherHeader_IsTheFlowsOwnString(string name, string value)
    {
        _flow.SampleResponse!.Headers.Add(name, value);

        var record = _redaction.ToRecord(_flow, withHeaders: true);

        Assert.Same(value, Assert.Single(record.ResponseHeaders).Value);
    }

    [Fact]
    public void HeaderRedactedByAddon_IsMaskedInBothDirections()
    {
        _flow.Request.Headers.Add("X-User", "hunter2");
        _flow.SampleResponse!.Headers.Add("x-user", "hunter2");
        _flow.Request.Headers.Redact("X-User");

        var record = _redaction.ToRecord(_flow, withHeaders: true);

        Assert.Equal("***", Masks.WithoutDigits(Assert.Single(record.RequestHeaders).Value));
        Assert.Equal("***", Masks.WithoutDigits(Assert.Single(record.ResponseHeaders).Value));
    }

    [Fact]
    public void ShowSecrets_ShowsThoseKnownByName_NotThoseAnAddonHides()
    {
        _flow.Request.Url = "https://origin.test/?token=hunter2";
        _flow.Request.Headers.Add("Authorization", "Bearer hunter2");
        _flow.Request.Headers.Add("X-User", "hidden");
        _flow.Request.Headers.Redact("X-User");

        var record = new Redaction(showSecrets: true).ToRecord(_flow, withHeaders: true);

        Assert.Equal("https://origin.test/?token=hunter2", record.Url);
        Assert.Equal("Bearer hunter2", record.RequestHeaders[0].Value);
        Assert.Equal("***", Masks.WithoutDigits(record.RequestHeaders[1].Value));
    }

    [Fact]
    public void OneSecretInHeaderAndUrl_HasOneMask()
    {
        _flow.Request.Url = "https://origin.test/?access_token=hunter2";
        _flow.Request.Headers.Add("Authorization", "Bearer hunter2");

        var record = _redaction.ToRecord(_flow, withHeaders: true);

        Assert.Equal(record.Url.Split('=')[1], record.RequestHeaders[0].Value.Split(' ')[1]);
    }

    [Fact]
    public void FlowWithoutSecrets_IsCopiedWhole()
    {
        _flow.Tags.Add("cached");

        var record = _redaction.ToRecord(_flow, withHeaders: false);

        Assert.Equal("f1", record.Id);
        Assert.Equal(_flow.Timings.Started, record.Started);
        Assert.Equal(TimeSpan.FromMilliseconds(12), record.Duration);
        Assert.Equal("192.0.2.7:50123", record.Client);
        Assert.Equal("GET", record.Method);
        Assert.Same(_flow.Request.Url, record.Url);
        Assert.Equal("HTTP/1.1", record.Protocol);
        Assert.Equal(200, record.StatusCode);
        Assert.Equal(3, record.RequestBytes);
        Assert.Equal(1536, record.ResponseBytes);
        Assert.Null(record.Error);
        Assert.Equal(["cached"], record.Tags);
    }

    [Fact]
    public void NothingToHide_AllocatesNothing()
    {
        const string url = "https://origin.test/a/b?q=words&page=2&next=%2Fhome%3Fx%3D1";
        LookAt();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) LookAt();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void LookAt()
        {
            _redaction.Url(url);
            _redaction.HeaderValue("User-Agent", "curl/8.0; (x@y)");
            _redaction.HeaderValue("Accept", "*/*;q=0.1");
        }
    }

    [Fact]
    public void HeadersNotWanted_AreLeftOut()
    {
        _flow.Request.Headers.Add("Accept", "*/*");

        Assert.Empty(_redaction.ToRecord(_flow, withHeaders: false).RequestHeaders);
    }

    [Fact]
    public void FailedFlow_HasTheStatusOfItsErrorAndNoSecretInTheMessage()
    {
        _flow.SampleResponse = null;
        _flow.SampleError = new FlowError("dns_error", 502, "https://user:hunter2@origin.test/: no such host");

        var record = _redaction.ToRecord(_flow, withHeaders: true);

        Assert.Equal(502, record.StatusCode);
        Assert.Equal("https://***@origin.test/: no such host", Masks.WithoutDigits(record.Error!.Message));
    }

    [Fact]
    public void FlowCutWithoutAnswer_HasNoStatus()
    {
        _flow.SampleResponse = null;
        _flow.SampleError = new FlowError("connection_terminated", 0, "the client left");

        Assert.Null(_redaction.ToRecord(_flow, withHeaders: false).StatusCode);
    }

    [Theory]
    [InlineData("origin.test", "origin.test:443")]
    [InlineData("2001:db8::1", "[2001:db8::1]:443")]
    public void Tunnel_ShowsItsAuthority(string host, string expected)
    {
        _flow.Request.Method = "CONNECT";
        _flow.Request.Host = host;

        Assert.Equal(expected, _redaction.ToRecord(_flow, withHeaders: false).Url);
    }
}
