using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests;

public sealed class FlowExpressionTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flow.Request.Method == \"GET\"", true)]
    [InlineData("flow.Response?.StatusCode >= 500", false)]
    [InlineData("flow.Request.Headers.Any(header => header.Key == \"X-A\")", true)]
    public async Task Expression_IsAskedOfFlows(string expression, bool matches)
    {
        var where = await FlowExpression.CompileAsync(expression, "--where", _folder.PathOf("cache"));
        var cached = await FlowExpression.CompileAsync(expression, "--where", _folder.PathOf("cache"));
        var flow = FlowBuilder.Get("http://a.test/").WithHeader("X-A", "1").Build();

        Assert.Equal(matches, where(flow));
        Assert.Equal(matches, cached(flow));
    }

    [Fact]
    public async Task OtherExpressionInTheSamePlace_IsNotTheOneBefore()
    {
        await FlowExpression.CompileAsync("true", "--where", _folder.PathOf("cache"));
        var where = await FlowExpression.CompileAsync("false", "--where", _folder.PathOf("cache"));

        Assert.False(where(FlowBuilder.Get("http://a.test/").Build()));
    }

    [Theory]
    [InlineData("flow.Respond.StatusCode >= 500", 6, "CS0119")]
    [InlineData("nothing", 1, "CS0103")]
    public async Task Mistake_IsShownWithACaret(string expression, int column, string id)
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => FlowExpression.CompileAsync(expression, "--where", null));

        Assert.StartsWith($"--where(1,{column}): error {id}: ", exception.Errors[0], StringComparison.Ordinal);
        Assert.Equal(["    " + expression, "    " + new string(' ', column - 1) + "^"], exception.Errors.Skip(1));
    }
}
