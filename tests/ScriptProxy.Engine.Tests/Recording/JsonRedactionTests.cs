using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class JsonRedactionTests
{
    [Theory]
    [InlineData("""{"password":"hunter2"}""", """{"password":"***"}""")]
    [InlineData("""{ "a" : 1, "access_token" : "hunter2" , "b":[ ] }""", """{ "a" : 1, "access_token" : "***" , "b":[ ] }""")]
    [InlineData("""{"user":{"apiKey":"hunter2","id":7}}""", """{"user":{"apiKey":"***","id":7}}""")]
    [InlineData("""{"password":12345}""", """{"password":"***"}""")]
    [InlineData("""{"passwords":[],"password":["hunter2","hunter3"]}""", """{"passwords":[],"password":["***","***"]}""")]
    [InlineData("""{"code":404,"key":"k","session":"s"}""", """{"code":404,"key":"k","session":"s"}""")]
    [InlineData("""{"token":null,"secret":true}""", """{"token":null,"secret":true}""")]
    [InlineData("{\"token\":\"hunter2\"}\n{\"token\":\"hunter2\"}\n", "{\"token\":\"***\"}\n{\"token\":\"***\"}\n")]
    [InlineData("""{"to\u006ben":"hunter2"}""", """{"to\u006ben":"***"}""")]
    [InlineData("""{"token":"a\ud800b"}""", """{"token":"***"}""")]
    [InlineData("""[1,2,"x"]""", """[1,2,"x"]""")]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("", "")]
    public void SecretFields_AreMaskedByDefault(string json, string expected) => Assert.Equal(expected, Redact(json, byDefault: true));

    [Theory]
    [InlineData("$.user.ssn", """{"user":{"ssn":"1","name":"2"},"ssn":"3"}""", """{"user":{"ssn":"***","name":"2"},"ssn":"3"}""")]
    [InlineData("user.ssn", """{"user":{"ssn":"1"}}""", """{"user":{"ssn":"***"}}""")]
    [InlineData("$.items[1].key", """{"items":[{"key":"1"},{"key":"2"},{"key":"3"}]}""", """{"items":[{"key":"1"},{"key":"***"},{"key":"3"}]}""")]
    [InlineData("$.items[*].key", """{"items":[{"key":"1"},{"key":"2"}]}""", """{"items":[{"key":"***"},{"key":"***"}]}""")]
    [InlineData("$..key", """{"key":1,"a":{"b":[{"key":{"deep":[1,2]}}]}}""", """{"key":"***","a":{"b":[{"key":"***"}]}}""")]
    [InlineData("$.*.b", """{"x":{"b":1},"y":{"b":2},"b":3}""", """{"x":{"b":"***"},"y":{"b":"***"},"b":3}""")]
    [InlineData("$[0]", """["1","2"]""", """["***","2"]""")]
    [InlineData("$[0][1]", """[["1","2"],["3","4"]]""", """[["1","***"],["3","4"]]""")]
    [InlineData("$['a.b']", """{"a.b":1,"a":{"b":2}}""", """{"a.b":"***","a":{"b":2}}""")]
    [InlineData("$.a", """{"a":{"x":[{"y":1}]},"z":2}""", """{"a":"***","z":2}""")]
    [InlineData("$.A", """{"a":1}""", """{"a":1}""")]
    public void Path_IsMasked(string path, string json, string expected) => Assert.Equal(expected, Redact(json, byDefault: false, path));

    [Theory]
    [InlineData("""{"a":1,"token":"hunter2""")]
    [InlineData("""{"a":1} hunter2""")]
    [InlineData("""{"a":1,hunter2}""")]
    [InlineData("hunter2")]
    public void AfterAMistake_NothingIsShown(string json) => Assert.DoesNotContain("hunter2", Redact(json, byDefault: true), StringComparison.Ordinal);

    [Fact]
    public void DeeperThanAnyoneNests_IsMasked()
    {
        var json = string.Concat(Enumerable.Repeat("[", 600)) + "\"hunter2\"" + string.Concat(Enumerable.Repeat("]", 600));

        Assert.DoesNotContain("hunter2", Redact(json, byDefault: true), StringComparison.Ordinal);
    }

    private static string Redact(string json, bool byDefault, params string[] paths)
    {
        var redactions = new FlowRedactions();
        redactions.JsonPaths.AddRange(paths.Select(JsonPath.Parse));
        return Masks.WithoutDigits(Encoding.UTF8.GetString(new JsonRedaction(redactions, byDefault).Redact(Encoding.UTF8.GetBytes(json)).Span));
    }
}
