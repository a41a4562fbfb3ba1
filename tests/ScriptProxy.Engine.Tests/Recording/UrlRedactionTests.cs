using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class UrlRedactionTests
{
    [Theory]
    [InlineData("https://origin.test/?token=hunter2", "https://origin.test/?token=***")]
    [InlineData("https://origin.test/?a=1&token=hunter2&b=2", "https://origin.test/?a=1&token=***&b=2")]
    [InlineData("https://origin.test/?TOKEN=hunter2", "https://origin.test/?TOKEN=***")]
    [InlineData("https://origin.test/?%74oken=hunter2", "https://origin.test/?%74oken=***")]
    [InlineData("https://origin.test/?token%3Dhunter2&b=2", "https://origin.test/?token%3D***&b=2")]
    [InlineData("https://origin.test/?token=hunter2?still", "https://origin.test/?token=***")]
    [InlineData("https://origin.test/?token=hunter2;still&b=2", "https://origin.test/?token=***&b=2")]
    [InlineData("https://origin.test/?token=hunter2#still", "https://origin.test/?token=***")]
    [InlineData("https://origin.test/?token=hunter2%26still", "https://origin.test/?token=***")]
    [InlineData("https://origin.test/?token=hunter2=still", "https://origin.test/?token=***")]
    [InlineData("https://origin.test/?x=1;token=hunter2", "https://origin.test/?x=1;token=***")]
    [InlineData("https://origin.test/?user[password]=hunter2", "https://origin.test/?user[password]=***")]
    [InlineData("https://origin.test/?user%5Bpassword%5D=hunter2", "https://origin.test/?user%5Bpassword%5D=***")]
    [InlineData("https://origin.test/?token=", "https://origin.test/?token=")]
    [InlineData("https://origin.test/cb#access_token=hunter2&token_type=bearer", "https://origin.test/cb#access_token=***&token_type=bearer")]
    [InlineData("https://origin.test/a;jsessionid=hunter2", "https://origin.test/a;jsessionid=***")]
    [InlineData("https://user:hunter2@origin.test/", "https://***@origin.test/")]
    [InlineData("https://hunter2@origin.test:8443/x", "https://***@origin.test:8443/x")]
    [InlineData("https://user:hunter2@", "https://***@")]
    [InlineData("https://me%40corp:hunter2@origin.test/", "https://***@origin.test/")]
    [InlineData("https://user:hunter2&more@origin.test/?a=1", "https://***@origin.test/?a=1")]
    [InlineData("//user:hunter2@origin.test/", "//***@origin.test/")]
    [InlineData("https://user:hunter2@origin.test/?key=hunter2", "https://***@origin.test/?key=***")]
    [InlineData("/go?next=https://user:hunter2@origin.test/", "/go?next=https://***@origin.test/")]
    [InlineData("/go?next=https%3A%2F%2Fuser%3Ahunter2%40origin.test%2F", "/go?next=https%3A%2F%2F***%40origin.test%2F")]
    [InlineData("/go?next=https%3A%2F%2Fo.test%2Fcb%3Ftoken%3Dhunter2%26b%3D2&c=3", "/go?next=https%3A%2F%2Fo.test%2Fcb%3Ftoken%3D***%26b%3D2&c=3")]
    [InlineData("/go?next=%252Fcb%253Fcode%253Dhunter2%2526b%253D2", "/go?next=%252Fcb%253Fcode%253D***%2526b%253D2")]
    [InlineData("/go?next=%252Fcb%253Fcode%253Dhunter2&a=1", "/go?next=%252Fcb%253Fcode%253D***&a=1")]
    public void SecretInUrl_IsMaskedAndTheRestStays(string url, string expected)
    {
        var redacted = UrlRedaction.Redact(url);

        Assert.Equal(expected, Masks.WithoutDigits(redacted));
        Assert.DoesNotContain("hunter2", redacted, StringComparison.Ordinal);
        Assert.DoesNotContain("still", redacted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("access_token")]
    [InlineData("id_token")]
    [InlineData("refresh_token")]
    [InlineData("api_key")]
    [InlineData("apikey")]
    [InlineData("api-key")]
    [InlineData("key")]
    [InlineData("sig")]
    [InlineData("signature")]
    [InlineData("secret")]
    [InlineData("password")]
    [InlineData("passwd")]
    [InlineData("pwd")]
    [InlineData("code")]
    [InlineData("client_secret")]
    [InlineData("X-Amz-Signature")]
    [InlineData("X-Amz-Credential")]
    [InlineData("X-Amz-Security-Token")]
    [InlineData("X-Goog-Signature")]
    [InlineData("SAMLResponse")]
    [InlineData("PHPSESSID")]
    [InlineData("subscription-key")]
    public void ParameterKnownToBeSecret_IsMasked(string name) =>
        Assert.Equal($"https://origin.test/?{name}=***", Masks.WithoutDigits(UrlRedaction.Redact($"https://origin.test/?{name}=hunter2")));

    [Theory]
    [InlineData("https://origin.test/")]
    [InlineData("https://origin.test/?q=tokens&max_tokens=5&page=2&keyboard=us&zip_code=12345")]
    [InlineData("https://origin.test/@user/100%25/a%20b?x=%zz&y=%")]
    [InlineData("https://origin.test/web/https://medium.test/@user")]
    [InlineData("https://origin.test/?next=https://other.test&mail=a@b.test")]
    [InlineData("https://[2001:db8::1]:8443/a:b//c")]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("?")]
    [InlineData("?=")]
    [InlineData("://")]
    public void UrlWithoutSecrets_IsTheSameInstance(string url) => Assert.Same(url, UrlRedaction.Redact(url));

    [Fact]
    public void SameSecretTwice_HasSameMask_AndAnotherHasAnother()
    {
        var first = UrlRedaction.Redact("https://a.test/?token=hunter2");
        var again = UrlRedaction.Redact("https://a.test/?token=hunter2");
        var other = UrlRedaction.Redact("https://a.test/?token=hunter3");

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void LongUrlOfPercentSigns_TakesLinearTime()
    {
        // A megabyte would take hours if the scan were quadratic.
        var url = "/?" + string.Concat(Enumerable.Repeat("%25", 170_000)) + string.Concat(Enumerable.Repeat("&%3D%26", 70_000)) + "&token=hunter2";

        Assert.DoesNotContain("hunter2", UrlRedaction.Redact(url), StringComparison.Ordinal);
    }
}
