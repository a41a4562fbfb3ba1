using System.CommandLine;
using ScriptProxy.Cli;
using ScriptProxy.Cli.Commands;

namespace ScriptProxy.Tests;

public class CommandLineTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];

    /// <summary>Every command there is, as it is called.</summary>
    public static TheoryData<string> CommandWords => [.. WordsBelow(new CommandLine(TextWriter.Null, TextWriter.Null, _ => null).NewRoot(), "")];

    [Theory]
    [InlineData("--lisen :80", "--lisen: there is no such option; did you mean --listen?")]
    [InlineData("--colour", "--colour: there is no such option. scriptproxy --help lists all.")]
    [InlineData("--LISTEN :80", "--LISTEN: there is no such option; did you mean --listen?")]
    [InlineData("vesion", "vesion: there is no such command; did you mean version?")]
    [InlineData("record", "record: there is no such command. scriptproxy --help lists all.")]
    [InlineData("mask.csx", "mask.csx: to load a script, write -s before it: -s mask.csx")]
    [InlineData("-s a.csx b.csx", "b.csx: to load a script, write -s before it: -s b.csx")]
    [InlineData("version --lisen", "--lisen: there is no such option. scriptproxy --help lists all.")]
    [InlineData("version now", "now: version takes no such argument.")]
    [InlineData("health --lisen :1", "--lisen: there is no such option; did you mean --listen?")]
    [InlineData("health --listen :1 --listen :2", "--listen: expected once, got 2 times.")]
    [InlineData("health --listen :0", "--listen \":0\": expected the address the proxy listens on, such as 127.0.0.1:8080 or unix:/run/scriptproxy.sock.")]
    [InlineData("--listen", "--listen: expected HOST:PORT after it, got nothing.")]
    [InlineData("--listen=", "--listen: expected HOST:PORT after it, got nothing.")]
    [InlineData("-s", "--script: expected FILE after it, got nothing.")]
    [InlineData("-s -v", "--script: expected FILE after it, got -v.")]
    [InlineData("--ca-dir --tunnel", "--ca-dir: expected DIR after it, got --tunnel.")]
    [InlineData("--listen :1 --listen :2", "--listen: expected once, got 2 times.")]
    [InlineData("--listen nowhere", "--listen \"nowhere\": expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8080 or [::1]:8080.")]
    [InlineData("--listen 127.0.0.1:99999", "--listen \"127.0.0.1:99999\": expected HOST:PORT with an IP address or localhost, such as 127.0.0.1:8080 or [::1]:8080.")]
    [InlineData("--tunnel=perhaps", "--tunnel \"perhaps\": expected true or false.")]
    [InlineData("--tunnel perhaps", "perhaps: there is no such command. scriptproxy --help lists all.")]
    [InlineData("--max-headers many", "--max-headers \"many\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--max-headers 0", "--max-headers 0: expected 1 or more.")]
    [InlineData("--connect-timeout -3", "--connect-timeout \"-3\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--on-addon-error ignore", "--on-addon-error \"ignore\": expected fail or continue.")]
    [InlineData("--log-level loud", "--log-level \"loud\": expected trace, debug, info, warning or error.")]
    [InlineData("--quiet --verbose", "--quiet and --verbose: expected one of them, got both.")]
    [InlineData("--addons no-such-folder", "--addons \"no-such-folder\": there is no such folder.")]
    [InlineData("@file", "@file: there is no such command. scriptproxy --help lists all.")]
    [InlineData("--a\u001b[31m", "--a\\u001b[31m: there is no such option. scriptproxy --help lists all.")]
    public async Task WrongUse_IsOneLineAndExitCode2(string commandLine, string expected)
    {
        var exitCode = await RunAsync(commandLine.Split(' '));

        Assert.Equal(2, exitCode);
        Assert.Equal(expected + Environment.NewLine, _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task SeveralBadValues_AreAllNamed()
    {
        _environment["SCRIPTPROXY_MAX_HEADERS"] = "many";

        var exitCode = await RunAsync("--log-level", "loud", "--connect-timeout", "soon");

        Assert.Equal(2, exitCode);
        Assert.Equal(3, _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_NamesBuildRuntimeAndSystem(string word)
    {
        Assert.Equal(0, await RunAsync(word));
        Assert.StartsWith("scriptproxy " + VersionInfo.Version, _output.ToString(), StringComparison.Ordinal);
        Assert.Contains(".NET 10.", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-s", "--help")]
    public async Task Help_ShowsEveryOptionWithItsHelpAndDefault(params string[] words)
    {
        if (words.Length > 1) words = ["--bad-option", .. words[1..]];

        Assert.Equal(0, await RunAsync(words));

        var text = Unwrapped(_output.ToString());
        foreach (var option in new RunCommand(_output, _error, _ => null).Descriptors)
        {
            Assert.Contains(HelpText.Syntax(option).Trim(), text, StringComparison.Ordinal);
            Assert.Contains(option.Default is null ? option.Help : $"{option.Help} [{option.Default}]", text, StringComparison.Ordinal);
            Assert.Contains($" {option.Group}: ", text, StringComparison.Ordinal);
        }

        Assert.Contains("scriptproxy -s mask.csx", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CommandWords))]
    public async Task HelpOfACommand_EndsWithAnExampleOfIt(string words)
    {
        Assert.Equal(0, await RunAsync([.. words.Split(' '), "--help"]));

        var text = _output.ToString();
        Assert.Contains($"  scriptproxy {words.Split(' ')[0]}", text[text.IndexOf("\nExample", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void Options_HaveDistinctNamesAndAFullSentenceEach()
    {
        var options = new RunCommand(_output, _error, _ => null).Descriptors.ToArray();

        Assert.Equal(options.Length, options.Select(option => option.Flag).Distinct().Count());
        Assert.Equal(options.Count(option => option.Letter is not null), options.Select(option => option.Letter).OfType<string>().Distinct().Count());
        Assert.All(options, option => Assert.EndsWith(".", option.Help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void HelpText_KeepsToTheWidth(int width)
    {
        HelpText.Write(_output, new RunCommand(_output, _error, _ => null), width);

        var options = _output.ToString().Split("Examples:")[0].Split(Environment.NewLine).SkipWhile(line => line != "Commands:");
        Assert.All(options, line => Assert.True(line.Length <= width || !line.TrimStart().Contains("  ", StringComparison.Ordinal), line));
    }

    private Task<int> RunAsync(params string[] words) => new CommandLine(_output, _error, _environment.GetValueOrDefault).RunAsync(words);

    private static string Unwrapped(string text) => string.Join(' ', text.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> WordsBelow(Command parent, string words) =>
        parent.Subcommands.SelectMany(command => WordsBelow(command, $"{words}{command.Name} ").Prepend($"{words}{command.Name}"));
}
