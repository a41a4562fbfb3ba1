using ScriptProxy.Cli;

namespace ScriptProxy.Tests;

public sealed class ConfigurationTests : IDisposable
{
    private const string Script = """
        record Options { [Option("Word to answer with.")] public string Word { get; init; } = "default"; [Option("Key.")] public string ApiKey { get; init; } = ""; }
        Options options = new();
        void OnLoad(AddonContext context) => context.Log($"word is {options.Word}");
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-cli-").FullName;
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];

    private string FilePath => Path.Combine(_folder, "proxy.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("lisen: x\n", "(1,1): lisen: there is no such option; did you mean 'listen'?")]
    [InlineData("colour: x\n", "(1,1): colour: there is no such option. scriptproxy --options lists all.")]
    [InlineData("--listen: x\n", "(1,1): --listen: there is no such option; did you mean 'listen'?")]
    [InlineData("listen: nowhere\nlog-level: loud\n", "(2,12): log-level \"loud\": expected trace, debug, info, warning or error.")]
    [InlineData("log-level:\n", "(1,11): log-level: expected trace, debug, info, warning or error, got nothing.")]
    [InlineData("listen: [a, b]\n", "(1,9): listen: expected text, got a list.")]
    [InlineData("set: [mask.x=1]\n", "(1,1): set: has no meaning in a file. Options of addons stand under addons.")]
    [InlineData("config: other.yaml\n", "(1,1): config: has no meaning in a file. Options of addons stand under addons.")]
    [InlineData("addons: ./addons\n", "(1,9): addons: expected the names of addons with their options below. The folder to load from is addons-dir.")]
    [InlineData("a: 1\n\ta: 2\n", "(2,1): tabs cannot indent YAML. Use spaces.")]
    public async Task WrongFile_IsOneLineAndExitCode2(string yaml, string expected)
    {
        await File.WriteAllTextAsync(FilePath, yaml);

        Assert.Equal(2, await RunAsync("--config", FilePath));
        Assert.Equal(FilePath + expected + Environment.NewLine, _error.ToString());
    }

    [Fact]
    public async Task MissingFile_IsOneLineAndExitCode2()
    {
        Assert.Equal(2, await RunAsync("--config", FilePath));
        Assert.Equal($"{FilePath}: there is no such file. Name another with --config.{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task FileNamedByVariable_IsRead()
    {
        _environment["SCRIPTPROXY_CONFIG"] = FilePath;
        await File.WriteAllTextAsync(FilePath, "max-headers: many\n");

        Assert.Equal(2, await RunAsync());
        Assert.StartsWith($"{FilePath}(1,14): max-headers \"many\": expected ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCommand_ReadsTheFileToo()
    {
        await File.WriteAllTextAsync(FilePath, "listen: :0\n");

        Assert.Equal(2, await RunAsync("health", "--config", FilePath));
        Assert.StartsWith("--listen \":0\": expected the address", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileInTheWorkingDirectory_GivesOptionsOfProxyAndAddons()
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                File.WriteAllText(Path.Combine(folder, "say.csx"), Script);
                File.WriteAllText(Path.Combine(folder, "scriptproxy.yaml"), "script: [say.csx]\naddons:\n  say: {word: from-file}\n");
            });
        await process.ListeningAsync();

        Assert.Contains(process.Errors, line => line.EndsWith("say.csx: word is from-file", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PathsInTheFile_StartFromItsFolder()
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                var elsewhere = Directory.CreateDirectory(Path.Combine(folder, "etc")).FullName;
                File.WriteAllText(Path.Combine(elsewhere, "say.csx"), Script);
                File.WriteAllText(Path.Combine(elsewhere, "proxy.yaml"), "script: [say.csx]\n");
            },
            "-c", "etc/proxy.yaml");
        await process.ListeningAsync();

        Assert.Contains(process.Errors, line => line == "Scripts: say.csx");
    }

    [Fact]
    public async Task SavedFile_IsLive_AndWhatIsNotIsNamed()
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                File.WriteAllText(Path.Combine(folder, "say.csx"), Script);
                File.WriteAllText(Path.Combine(folder, "scriptproxy.yaml"), "addons: {say: {word: one}}\n");
            },
            "-s", "say.csx");
        await process.ListeningAsync();

        File.WriteAllText(process.PathOf("scriptproxy.yaml"), "max-headers: 17\nlax: true\naddons: {say: {word: two}}\n");

        await process.UntilAsync(() => process.Errors.Any(line => line.EndsWith("say.csx: word is two", StringComparison.Ordinal)));
        await process.UntilAsync(() => process.Errors.Any(line => line.EndsWith("scriptproxy.yaml: lax, max-headers: changes take effect when the proxy is started again", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("say.wrod=x", "--set say.wrod: there is no 'wrod'; did you mean 'word'?")]
    [InlineData("sya.word=x", "--set sya.word: no addon 'sya' is loaded; did you mean 'say'?")]
    public async Task WrongSet_ExitsWith2(string set, string expected)
    {
        await using var process = CommandProcess.Start(folder => File.WriteAllText(Path.Combine(folder, "say.csx"), Script), "-s", "say.csx", "--set", set);

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal(expected, Assert.Single(process.Errors, line => line.StartsWith("--set", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task VariableOfTheProxy_IsNoneOfAnAddon()
    {
        await using var process = CommandProcess.Start(
            folder => File.WriteAllText(Path.Combine(folder, "ca.csx"), Script.Replace("string Word", "string Dir", StringComparison.Ordinal).Replace("options.Word", "options.Dir", StringComparison.Ordinal)),
            "-s", "ca.csx");
        await process.ListeningAsync();

        Assert.Contains(process.Errors, line => line.EndsWith("ca.csx: word is default", StringComparison.Ordinal));
    }

    private Task<int> RunAsync(params string[] words) => new CommandLine(TextWriter.Null, _error, _environment.GetValueOrDefault).RunAsync(words);
}
