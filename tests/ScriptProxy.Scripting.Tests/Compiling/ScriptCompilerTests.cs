using System.Reflection;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class ScriptCompilerTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void UnknownName_IsNamedWithFileLineAndColumn()
    {
        var path = _folder.Write("mask.csx", """
            void OnRequest(HttpFlow flow)
            {
                missing(flow);
            }
            """);

        var result = Scripts.Compile(path);

        Assert.Null(result.Script);
        Assert.Equal([$"{ScriptMessage.Shown(path)}(3,5): error CS0103: The name 'missing' does not exist in the current context"], result.Errors);
    }

    [Theory]
    [InlineData("Log")]
    [InlineData("logger")]
    [InlineData("ctx")]
    public void LoggerOfAnotherHost_IsAnsweredWithOurs(string name)
    {
        var path = _folder.Write("mask.csx", $"void OnRequest(HttpFlow flow) => {name}.Info(flow.Id);");

        Assert.Contains("keep the AddonContext that OnLoad(AddonContext context) is given, and call its Log", Assert.Single(Scripts.Compile(path).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void ManyErrors_AreCutShort()
    {
        var path = _folder.Write("mask.csx", string.Join('\n', Enumerable.Range(0, 100).Select(i => $"missing{i}();")));

        var errors = Scripts.Compile(path).Errors;

        Assert.Equal(26, errors.Count);
        Assert.Equal("… and 75 more", errors[^1]);
        Assert.Contains("(1,1): error CS0103", errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void CompilerWarning_IsKeptWithPosition()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { int unused; }");

        var script = Scripts.Compiled(path);

        var warning = Assert.Single(script.Warnings);
        Assert.StartsWith($"{ScriptMessage.Shown(path)}(1,37): warning CS0168: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void AsyncHookWithoutAwait_IsNotWarnedAbout() =>
        Assert.Empty(Scripts.Compiled(_folder.Write("mask.csx", "async Task OnRequest(HttpFlow flow) { }")).Warnings);

    [Fact]
    public void DefaultUsings_CoverWhatScriptsNeed() => Scripts.Compiled(_folder.Write("mask.csx", """
        #!/usr/bin/env -S scriptproxy -s
        var pattern = new Regex("x");
        var names = new List<string> { "a" }.Select(name => new StringBuilder(name)).ToArray();
        var json = JsonNode.Parse(JsonSerializer.Serialize(1));
        var client = new HttpClient();
        void OnRequest(HttpFlow flow) => Path.GetFileName(flow.Id);
        """));

    [Fact]
    public void MissingScript_SaysSo()
    {
        var path = _folder.PathOf("none.csx");

        Assert.Equal([$"{ScriptMessage.Shown(path)}: error SP1009: no such file."], Scripts.Compile(path).Errors);
    }

    [Fact]
    public void FolderInPlaceOfScript_SaysSo()
    {
        var path = Directory.CreateDirectory(_folder.PathOf("dir.csx")).FullName;

        Assert.Equal([$"{ScriptMessage.Shown(path)}: error SP1009: is a folder, not a file."], Scripts.Compile(path).Errors);
    }

    [Fact]
    public void LoadedFiles_AreListedAndResolvedFromTheFileThatNamesThem()
    {
        var inner = _folder.Write("lib/inner.csx", "string Inner() => \"inner\";");
        var outer = _folder.Write("lib/outer.csx", "#load \"inner.csx\"\nstring Outer() => Inner();");
        var path = _folder.Write("mask.csx", "#load \"lib/outer.csx\"\nvoid OnRequest(HttpFlow flow) => flow.Tags.Add(Outer());");

        var script = Scripts.Compiled(path);

        Assert.Equal([path, outer, inner], script.Files.Select(file => file.Path));
        Assert.Equal([inner, outer, path], script.Sources.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ErrorInLoadedFile_NamesThatFile()
    {
        var library = _folder.Write("lib.csx", "int Wrong() => \"text\";");
        var path = _folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) { }");

        Assert.StartsWith($"{ScriptMessage.Shown(library)}(1,16): error CS0029: ", Assert.Single(Scripts.Compile(path).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void MissingLoadedFile_IsAnErrorAndWatchedFor()
    {
        var path = _folder.Write("mask.csx", "#load \"lib.csx\"\nvoid OnRequest(HttpFlow flow) { }");
        var files = new FileSnapshot();

        var result = ScriptCompiler.Compile(path, files, debug: false);

        Assert.StartsWith($"{ScriptMessage.Shown(path)}(1,7): error CS1504: ", Assert.Single(result.Errors), StringComparison.Ordinal);
        Assert.Contains(files.Files, file => file.Path == _folder.PathOf("lib.csx") && file.Hash is null);
    }

    [Fact]
    public void FileChangedAfterItWasRead_IsCompiledAsItWas()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }");
        var files = new FileSnapshot();
        files.Read(path);

        _folder.Write("mask.csx", "this is no C#");

        Assert.Empty(ScriptCompiler.Compile(path, files, debug: false).Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CodeForADebugger_IsNotOptimisedAndNamesItsSourceByFullPath(bool debug)
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }");
        var script = ScriptCompiler.Compile(path, new FileSnapshot(), debug).Script!;
        var context = script.CreateContext();
        var optimised = !context.LoadAddon().GetCustomAttribute<System.Diagnostics.DebuggableAttribute>()!.IsJITOptimizerDisabled;
        context.Unload();
        using var provider = script.OpenSymbols();
        var symbols = provider.GetMetadataReader();

        Assert.Equal(debug, !optimised);
        Assert.Equal([path], symbols.Documents.Select(document => symbols.GetString(symbols.GetDocument(document).Name)));
    }

    [Fact]
    public void TwoCompilations_GiveTheSameAssembly()
    {
        var path = _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }");

        Assert.Equal(Scripts.Compiled(path).Image, Scripts.Compiled(path).Image);
    }
}
