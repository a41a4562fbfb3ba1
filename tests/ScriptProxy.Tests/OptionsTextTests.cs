using ScriptProxy.Cli;
using ScriptProxy.Engine;

namespace ScriptProxy.Tests;

public sealed class OptionsTextTests : IDisposable
{
    private const string Script = """
        record Rule(string Host, int Status = 403);
        record Options
        {
            [Option("Word to say.")] public string Word { get; init; } = "a: b";
            [Option("Rules.")] public IReadOnlyList<Rule> Rules { get; init; } = [];
            [Option("Key.")] public string ApiKey { get; init; } = "";
        }
        Options options = new();
        void OnLoad() => throw new InvalidOperationException("OnLoad ran");
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-cli-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = new() { ["SCRIPTPROXY_MAX_HEADERS"] = "17" };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task EveryOption_IsShownWithTypeDefaultAndHelp()
    {
        var text = await ShowAsync("-s", Write("say.csx", Script), "--set", "say.rules={host: a.test}");

        Assert.Contains("# Most header lines in one head.\n# COUNT; default 200; set by SCRIPTPROXY_MAX_HEADERS\nmax-headers: 17\n", text, StringComparison.Ordinal);
        Assert.Contains("# true|false; default false\n#lax: false\n", text, StringComparison.Ordinal);
        Assert.Contains("# HOST:PORT; default 127.0.0.1:8080\n#listen: 127.0.0.1:8080\n", text, StringComparison.Ordinal);
        Assert.Contains("    # Word to say.\n    # TEXT; default \"a: b\"\n    #word: \"a: b\"\n", text, StringComparison.Ordinal);
        Assert.Contains("    # [{host: TEXT, status: NUMBER}, …]; default []; set by --set say.rules\n    rules: [{host: a.test, status: 403}]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsShown_IsAFileThatSaysTheSame()
    {
        var script = Write("say.csx", Script);
        var first = await ShowAsync("-s", script, "--set", "say.word=x: 'y' # \"z\"", "--set", "say.rules=[{host: '*', status: 404}]", "--listen", ":0", "--connect-timeout", "1.5");
        _environment.Clear();

        var second = await ShowAsync("--config", Write("copy.yaml", first));

        Assert.Equal(Values(first), Values(second));
        Assert.Contains("word: \"x: 'y' # \\\"z\\\"\"", Values(second));
    }

    [Fact]
    public async Task Secrets_AreNotShown()
    {
        var text = await ShowAsync("-s", Write("say.csx", Script), "--set", "say.api-key=hunter2");

        Assert.Contains("#api-key: \"***\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceInAFile_IsShownWithItsPlace()
    {
        Write("say.csx", Script);
        var yaml = Write("proxy.yaml", "script: [say.csx]\naddons:\n  say: {word: x}\n");

        var text = await ShowAsync("--config", yaml);

        Assert.Contains($"set by {yaml}(3,15)\n    word: x\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScriptThatDoesNotLoad_ExitsWith2()
    {
        Assert.Equal(2, await new CommandLine(_output, _error, _ => null).RunAsync(["--options", "--no-cache", "--no-default-addons", "-s", Write("say.csx", "void OnRequest(string text) { }")]));
        Assert.Contains("error SP1002: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShippedAddons_ShowTheirOptions_ThoughNoneIsSet()
    {
        var exitCode = await new CommandLine(_output, _error, _ => null).RunAsync(["--options", "--cache-dir", Path.Combine(_folder, "cache"), "--addons", _folder]);

        Assert.True(exitCode == 0, _error.ToString());
        foreach (var name in (string[])["access-log", "anticache", "mask", "policy"]) Assert.Contains($"\n  {name}:\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("# FILTER; default ", _output.ToString(), StringComparison.Ordinal);
    }

    private static string[] Values(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#' && !line.StartsWith("no-cache", StringComparison.Ordinal)).Order()];

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<string> ShowAsync(params string[] words)
    {
        _output.GetStringBuilder().Clear();
        var exitCode = await new CommandLine(_output, _error, _environment.GetValueOrDefault).RunAsync(["--options", "--no-cache", "--no-default-addons", .. words]);
        Assert.True(exitCode == 0, _error.ToString());
        Assert.NotNull(ConfigurationFile.Parse("/shown.yaml", System.Text.Encoding.UTF8.GetBytes(_output.ToString())));
        return _output.ToString();
    }
}
