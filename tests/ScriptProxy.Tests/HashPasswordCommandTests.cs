using System.Text;
using ScriptProxy.Cli;
using ScriptProxy.Cli.Commands;
using ScriptProxy.Engine.Authentication;

namespace ScriptProxy.Tests;

public class HashPasswordCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task LineOfAUser_HoldsThePasswordHashed()
    {
        Assert.Equal(0, await RunAsync("secret\nmore\n", "ann"));

        var file = UserFile.Parse("users", _output.ToString(), out _);
        Assert.True(file!.Find("ann")!.Matches(Encoding.UTF8.GetBytes("secret")));
        Assert.DoesNotContain("secret", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("an:n", "pw\n", "\"an:n\": a user's name cannot have a colon in it.")]
    [InlineData("#ann", "pw\n", "\"#ann\": expected a name")]
    [InlineData("ann", "", "Expected a password of 1 to 512 bytes on standard input, got 0.")]
    public async Task WhatCannotBeALine_IsRefused(string user, string input, string expected)
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(input, user));

        Assert.StartsWith(expected, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    private Task<int> RunAsync(string input, string user) => new HashPasswordCommand(new StringReader(input), _output, _error).Parse([user]).InvokeAsync();
}
