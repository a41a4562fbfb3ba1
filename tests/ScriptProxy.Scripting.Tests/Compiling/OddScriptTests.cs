using System.Text;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class OddScriptTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public static TheoryData<string> Broken =>
    [
        "#load \"\"", "#load \"\0\"", "#load \".\"", "#load \"/\"", "#load \"none/none.csx\"", "#load none", "#load \"http://example.test/lib.csx\"",
        "#r \"\"", "#r \"\0\"", "#r \".dll\"", "#r \"/\"", "#r \"nuget:\"", "#r \"nuget: \"", "#r \"nuget: ,,\"", "#r none", "#r \"none\0.dll\"", "#r \",\"",
        "#error stop", "#if", "{", "}", "\"", "/*", "\0", "\u001b[31m", "return", "namespace N;", "namespace N { }", "using", "=>", "record", "$\"\"\"{",
        "void OnRequest(HttpFlow", "class Mask : Addon", "class Mask : Missing { }", "class Mask : Addon { override void OnRequest() { } }", "#!\n#!", "await", "yield return 1;",
        "#:package X@1", "extern alias X;", "goto nowhere;", "static void Main() { }\nmissing();",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task BrokenScript_IsRefusedWithPrintableLines(string script)
    {
        foreach (var name in new[] { "mask.csx", "mask.cs" })
        {
            var path = _folder.Write(name, script);

            var result = Scripts.Compile(path);

            var errors = result.Script is null ? result.Errors : await Scripts.RefusalAsync(path);
            Assert.NotEmpty(errors);
            Assert.All(errors, error => Assert.DoesNotContain(error, char.IsControl));
            Assert.All(errors, error => Assert.Contains(": error ", error, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("mask.csx")]
    [InlineData("mask.cs")]
    public void Garbage_IsRefused(string name)
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            File.WriteAllBytes(_folder.PathOf(name), bytes);

            Assert.NotEmpty(Scripts.Compile(_folder.PathOf(name)).Errors);
        }
    }

    [Fact]
    public async Task DeeplyNestedCode_DoesNotRunOutOfStack()
    {
        var path = _folder.Write("mask.csx", $"var x = {new string('(', 6_000)}1{new string(')', 6_000)};\nvoid OnRequest(HttpFlow flow) {{ }}");

        var result = await CompilerThread.RunAsync(() => Scripts.Compile(path));

        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("// nothing")]
    [InlineData("#!/usr/bin/env scriptproxy")]
    public async Task ScriptWithoutCode_HasNoHooks(string script)
    {
        var emptyScript = Scripts.Compile(_folder.Write("mask.csx", script)).Errors;
        var emptyFile = await Scripts.RefusalAsync(_folder.Write("mask.cs", script));

        Assert.EndsWith("mask.csx: error SP1004: " + ScriptErrors.NoHooksInScript, Assert.Single(emptyScript), StringComparison.Ordinal);
        Assert.EndsWith("mask.cs: error SP1004: " + ScriptErrors.NoHooksInFile, Assert.Single(emptyFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesThatLoadEachOther_AreReadOnce()
    {
        _folder.Write("a.csx", "#load \"b.csx\"\nstring A() => B();");
        _folder.Write("b.csx", "#load \"a.csx\"\nstring B() => \"b\";");
        var (addon, _) = await Scripts.LoadAsync(_folder.Write("mask.csx", "#load \"a.csx\"\n#load \"b.csx\"\nvoid OnRequest(HttpFlow flow) => A();"));
        using var disposal = addon;

        Assert.Equal(["OnRequest"], addon.HookNames);
    }

    [Fact]
    public void ScriptThatLoadsItself_IsRefused()
    {
        var path = _folder.Write("mask.csx", "#load \"mask.csx\"\nvoid OnRequest(HttpFlow flow) { }");

        Assert.Contains("(2,6): error CS0111: ", Scripts.Compile(path).Errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task ByteOrderMark_SaysTheEncoding(string encoding)
    {
        File.WriteAllText(_folder.PathOf("mask.csx"), "void OnRequest(HttpFlow flow) => flow.Tags.Add(\"é\");", Encoding.GetEncoding(encoding));
        var (addon, _) = await Scripts.LoadAsync(_folder.PathOf("mask.csx"));
        using var disposal = addon;
        var flow = new TestFlow();

        await addon.Request!(flow);

        Assert.Equal(["é"], flow.Tags);
    }

    [Fact]
    public async Task PathWithOddCharacters_IsFine()
    {
        var (addon, _) = await Scripts.LoadAsync(_folder.Write("my mask's [1] (é).csx", "void OnRequest(HttpFlow flow) { }"));
        using var disposal = addon;

        Assert.Equal("my mask's [1] (é).csx", addon.Name);
    }
}
