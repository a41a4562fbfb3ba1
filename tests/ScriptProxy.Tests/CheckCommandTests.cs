using System.Text.Json;
using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

public sealed class CheckCommandTests : IDisposable
{
    private const string Sound = """
        record Options { [Option("Word.")] public string Word { get; init; } = ""; }
        Options options = new();
        void OnLoad() => throw new InvalidOperationException("OnLoad ran");
        void OnRequest(HttpFlow flow) { }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-cli-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private string[] Lines => _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SoundScript_IsListedWithItsHooks_AndOnLoadDoesNotRun()
    {
        Assert.Equal(0, await CheckAsync(Write("mask.csx", Sound)));
        Assert.Equal(["mask.csx: OnRequest", "Nothing is wrong."], Lines);
    }

    [Fact]
    public async Task AllMistakesOfAllFiles_AreNamed()
    {
        var broken = Write("broken.csx", "void OnRequest(HttpFlow flow) { missing(); }\nint x = \"\";\n");
        var wrong = Write("wrong.csx", "void OnRequest(string text) { }\n");

        Assert.Equal(2, await CheckAsync(broken, wrong, Write("mask.csx", Sound)));
        Assert.Collection(
            Lines,
            line => Assert.StartsWith($"{broken}(1,33): error CS0103: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{broken}(2,9): error CS0029: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{wrong}(1,31): error SP1002: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Warning_IsNoFailure()
    {
        var script = Write("typo.csx", "void OnRequest(HttpFlow flow) { }\nvoid OnReqest(HttpFlow flow) { }\n");

        Assert.Equal(0, await CheckAsync(script));
        Assert.StartsWith($"{script}(2,32): warning SP1001: ", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mask.wrod=x", "--set mask.wrod: there is no 'wrod'; did you mean 'word'?")]
    [InlineData("msk.word=x", "--set msk.word: no addon 'msk' is loaded; did you mean 'mask'?")]
    public async Task Options_AreChecked(string set, string expected)
    {
        Assert.Equal(2, await CheckAsync(Write("mask.csx", Sound), "--set", set));
        Assert.Equal([expected], Lines);
    }

    [Fact]
    public async Task OptionsOfTheFile_AreChecked_ButNotThoseOfOtherAddons()
    {
        var yaml = Write("proxy.yaml", "addons:\n  mask: {word: [x]}\n  other: {x: 1}\n");

        Assert.Equal(2, await CheckAsync(Write("mask.csx", Sound), "--config", yaml));
        Assert.Equal([$"{yaml}(2,16): addons.mask.word: expected text, got a list."], Lines);
    }

    [Fact]
    public async Task WithoutFiles_WhatTheProxyWouldLoadIsChecked()
    {
        Write("mask.csx", "void OnRequest(string text) { }");

        Assert.Equal(2, await CheckAsync("--config", Write("proxy.yaml", "script: [mask.csx]\n")));
        Assert.Contains("mask.csx(1,31): error SP1002: ", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsOneDocument()
    {
        var broken = Write("broken.csx", "void OnRequest(HttpFlow flow) => missing();\n");

        Assert.Equal(2, await CheckAsync("--json", broken, Write("mask.csx", Sound), "--set", "mask.word=x"));

        var root = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.False(root.GetProperty("ok").GetBoolean());
        Assert.Equal("mask.csx", root.GetProperty("scripts")[0].GetProperty("name").GetString());
        var diagnostic = Assert.Single(root.GetProperty("diagnostics").EnumerateArray());
        Assert.Equal(broken, diagnostic.GetProperty("file").GetString());
        Assert.Equal((1, 34), (diagnostic.GetProperty("line").GetInt32(), diagnostic.GetProperty("column").GetInt32()));
        Assert.Equal(("error", "CS0103"), (diagnostic.GetProperty("severity").GetString(), diagnostic.GetProperty("id").GetString()));
        Assert.Equal("The name 'missing' does not exist in the current context", diagnostic.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("a(1).csx(3,14): error CS0103: no: x", "a(1).csx", 3, 14, "CS0103", "no: x")]
    [InlineData("mask.csx: error SP1004: none", "mask.csx", null, null, "SP1004", "none")]
    [InlineData("mask.csx(2): FormatException: no (in top-level code)", "mask.csx", 2, null, null, "FormatException: no (in top-level code)")]
    [InlineData("scriptproxy.yaml(3,4): addons.mask.x: no", "scriptproxy.yaml", 3, 4, null, "addons.mask.x: no")]
    [InlineData("--set mask.x: no", null, null, null, null, "--set mask.x: no")]
    public void Line_IsTakenApart(string line, string? file, int? number, int? column, string? id, string message) =>
        Assert.Equal(new Diagnostic(file, number, column, "error", id, message), Diagnostic.Parse(line, "error"));

    [Fact]
    public async Task MissingFileAndFolder_AreNamed()
    {
        Assert.Equal(2, await CheckAsync(Path.Combine(_folder, "none.csx")));
        Assert.Contains("none.csx: error SP1009: no such file.", Assert.Single(Lines), StringComparison.Ordinal);
        _output.GetStringBuilder().Clear();

        Assert.Equal(2, await CheckAsync(_folder));
        Assert.Contains("expected a file, got a folder", Assert.Single(Lines), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private Task<int> CheckAsync(params string[] words) => new CommandLine(_output, _error, _ => null).RunAsync(["check", "--no-cache", .. words]);
}
