namespace ScriptProxy.Abstractions.Tests;

public class JsonPathTests
{
    [Theory]
    [InlineData("$")]
    [InlineData("$.")]
    [InlineData("a.")]
    [InlineData("a..")]
    [InlineData("a[")]
    [InlineData("a[x]")]
    [InlineData("a[-1]")]
    [InlineData("a['b]")]
    [InlineData("a[?(@.b)]")]
    public void NotAPath_IsRefusedWithPlaceAndRemedy(string path)
    {
        var exception = Assert.Throws<ArgumentException>(() => JsonPath.Parse(path));

        Assert.StartsWith($"\"{path}\" is not a JSON path: at position ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("expected ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.a.b", true)]
    [InlineData("a.b", true)]
    [InlineData("a[\"b\"]", true)]
    [InlineData("$..b", true)]
    [InlineData("*.*", true)]
    [InlineData("$.a", false)]
    [InlineData("$.a.b.c", false)]
    [InlineData("$.b", false)]
    [InlineData("$.a[0]", false)]
    public void Path_LeadsToOneValue(string path, bool leads) =>
        Assert.Equal(leads, JsonPath.Parse(path).Matches([new JsonStep("a", 0), new JsonStep("b", 0)]));
}
