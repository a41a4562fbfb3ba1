namespace ScriptProxy.Engine.Tests.Options;

public class OptionBinderTests
{
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, string> _environment = [];
    private readonly Dictionary<string, string[]> _commandLine = [];
    private ConfigurationFile? _file;

    private enum Weekday
    {
        Monday,
        SunDay,
    }

    [Theory]
    [InlineData("Listen", "listen")]
    [InlineData("CaDir", "ca-dir")]
    [InlineData("NoHttp2", "no-http2")]
    [InlineData("MaxConnectionsPerClient", "max-connections-per-client")]
    public void PropertyName_BecomesFlag(string property, string expected) => Assert.Equal(expected, OptionDescriptor.Kebab(property));

    [Fact]
    public void NothingGiven_LeavesDefaults()
    {
        var sample = Bind();

        Assert.Equivalent(new Sample(), sample);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Environment_BeatsDefault_AndCommandLineBeatsEnvironment()
    {
        _environment["SCRIPTPROXY_SOME_TEXT"] = "environment";
        Assert.Equal("environment", Bind().SomeText);

        _commandLine["--some-text"] = ["command line"];
        Assert.Equal("command line", Bind().SomeText);
        Assert.Empty(_problems);
    }

    [Fact]
    public void File_BeatsDefault_AndEnvironmentBeatsFile()
    {
        _file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", "some-text: file\nhosts: [a.test, b.test]\non: yes\ncount: 1k\nunset:\n"u8);
        _environment["SCRIPTPROXY_COUNT"] = "7";

        var sample = Bind();

        Assert.Equal(("/etc/file", true, 7, null), (sample.SomeText, sample.On, sample.Count, sample.Unset));
        Assert.Equal(["a.test", "b.test"], sample.Hosts);
        Assert.Empty(_problems);
    }

    [Fact]
    public void BadValueOfTheFile_IsNamedWithItsPlace()
    {
        _file = ConfigurationFile.Parse("/etc/scriptproxy.yaml", "count: [1]\nday: friday\n"u8);

        Bind();

        Assert.Equal(
            [
                "/etc/scriptproxy.yaml(1,8): count: expected a whole number such as 200, 64k or 1m, at most 2147483647, got a list.",
                "/etc/scriptproxy.yaml(2,6): day \"friday\": expected monday or sun-day.",
            ],
            _problems);
    }

    [Fact]
    public void EmptyVariable_IsNotSet()
    {
        _environment["SCRIPTPROXY_SOME_TEXT"] = "";

        Assert.Equal("default", Bind().SomeText);
        Assert.Empty(_problems);
    }

    [Fact]
    public void List_TakesItsValuesInOrder()
    {
        _commandLine["--hosts"] = ["b", "a,c", "b"];

        Assert.Equal(["b", "a,c", "b"], Bind().Hosts);
    }

    [Fact]
    public void ListInEnvironment_IsSeparatedByCommas()
    {
        _environment["SCRIPTPROXY_HOSTS"] = "a.test, b.test,,c.test";

        Assert.Equal(["a.test", "b.test", "c.test"], Bind().Hosts);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("on", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    [InlineData("Off", false)]
    [InlineData("0", false)]
    public void Switch_Reads(string text, bool expected)
    {
        _environment["SCRIPTPROXY_ON"] = text;

        Assert.Equal(expected, Bind().On);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("200", 200)]
    [InlineData("64k", 64 << 10)]
    [InlineData("64K", 64 << 10)]
    [InlineData("2MiB", 2 << 20)]
    [InlineData("2mb", 2 << 20)]
    [InlineData("1g", 1 << 30)]
    [InlineData("2147483647", int.MaxValue)]
    public void Number_Reads(string text, int expected)
    {
        _commandLine["--count"] = [text];

        Assert.Equal(expected, Bind().Count);
        Assert.Empty(_problems);
    }

    [Fact]
    public void LongNumber_HoldsMoreThanAnInt()
    {
        _commandLine["--size"] = ["100g"];

        Assert.Equal(100L << 30, Bind().Size);
    }

    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("0", 0)]
    [InlineData("0.5", 500)]
    [InlineData(".5", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("500ms", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("2min", 120_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("24H", 86_400_000)]
    public void Duration_Reads(string text, int milliseconds)
    {
        _commandLine["--wait"] = [text];

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Bind().Wait);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("monday", "Monday")]
    [InlineData("MONDAY", "Monday")]
    [InlineData("sun-day", "SunDay")]
    public void Word_Reads(string text, string expected)
    {
        _commandLine["--day"] = [text];

        Assert.Equal(expected, Bind().Day.ToString());
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("--count", "", "--count \"\": expected NUMBER, got nothing.")]
    [InlineData("--count", "x", "--count \"x\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "-1", "--count \"-1\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "1.5k", "--count \"1.5k\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "10 000", "--count \"10 000\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "2147483648", "--count \"2147483648\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "2g", "--count \"2g\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--count", "99999999999999999999", "--count \"99999999999999999999\": expected a whole number such as 200, 64k or 1m, at most 2147483647.")]
    [InlineData("--size", "9223372036854775807k", "--size \"9223372036854775807k\": expected a whole number such as 200, 64k or 1m, at most 9223372036854775807.")]
    [InlineData("--wait", "soon", "--wait \"soon\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--wait", "-3", "--wait \"-3\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--wait", "NaN", "--wait \"NaN\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--wait", "1d", "--wait \"1d\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--wait", "2147484", "--wait \"2147484\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--wait", "9999999999999999999999999999999", "--wait \"9999999999999999999999999999999\": expected seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days.")]
    [InlineData("--day", "friday", "--day \"friday\": expected monday or sun-day.")]
    [InlineData("--day", "1", "--day \"1\": expected monday or sun-day.")]
    [InlineData("--on", "perhaps", "--on \"perhaps\": expected true or false.")]
    [InlineData("--some-text", "", "--some-text \"\": expected FILE, got nothing.")]
    [InlineData("--hosts", "", "--hosts \"\": expected TEXT, got nothing.")]
    [InlineData("--day", "a\u001b[31m\nb", "--day \"a\\u001b[31m\\nb\": expected monday or sun-day.")]
    public void BadValue_IsNamedWithItsRemedy(string flag, string text, string expected)
    {
        _commandLine[flag] = [text];

        Bind();

        Assert.Equal(expected, Assert.Single(_problems));
    }

    [Fact]
    public void BadVariable_IsNamedAsSuch()
    {
        _environment["SCRIPTPROXY_COUNT"] = "x";

        Bind();

        Assert.StartsWith("SCRIPTPROXY_COUNT \"x\": expected ", Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void SingleOptionGivenTwice_IsAProblem()
    {
        _commandLine["--count"] = ["1", "2"];

        Bind();

        Assert.Equal("--count: expected once, got 2 times.", Assert.Single(_problems));
    }

    [Fact]
    public void Description_ComesFromAttributeTypeAndDefault()
    {
        var options = new OptionBinder<Sample>().Options.ToDictionary(option => option.Flag);

        Assert.Equal(["--some-text", "--hosts", "--on", "--count", "--size", "--wait", "--day", "--unset"], options.Keys);
        Assert.Equal(("-t", "SCRIPTPROXY_SOME_TEXT", "FILE", "default", "Sample"), Describe("--some-text"));
        Assert.Equal((null, "SCRIPTPROXY_HOSTS", "TEXT", null, "General"), Describe("--hosts"));
        Assert.Equal((null, "SCRIPTPROXY_ON", "", null, "General"), Describe("--on"));
        Assert.Equal((null, "SCRIPTPROXY_COUNT", "NUMBER", "1000", "General"), Describe("--count"));
        Assert.Equal((null, "SCRIPTPROXY_SIZE", "BYTES", "64m", "General"), Describe("--size"));
        Assert.Equal((null, "SCRIPTPROXY_WAIT", "SECONDS", "0.5", "General"), Describe("--wait"));
        Assert.Equal((null, "SCRIPTPROXY_DAY", "monday|sun-day", "sun-day", "General"), Describe("--day"));
        Assert.Equal((null, "SCRIPTPROXY_UNSET", "TEXT", null, "General"), Describe("--unset"));

        (string?, string, string, string?, string) Describe(string flag) =>
            (options[flag].Letter, options[flag].Variable, options[flag].ValueName, options[flag].Default, options[flag].Group);
    }

    [Fact]
    public void EveryDefaultOfTheProxy_ReadsBackAsItself()
    {
        foreach (var option in new OptionBinder<ProxyOptions>().Options.Where(option => option.Default is not null))
            option.Set(new ProxyOptions(), new GivenText(OptionSource.CommandLine, option.Flag, option.Default), null, _problems);
        Assert.Empty(_problems);
    }

    [Fact]
    public void TypeThatNoOptionCanHave_IsRefused() => Assert.Throws<NotSupportedException>(() => new OptionBinder<Wrong>());

    private Sample Bind() => new OptionBinder<Sample>().Bind(
        new OptionSources(_environment.GetValueOrDefault, option => _commandLine.GetValueOrDefault(option.Flag), _file), _problems);

    private sealed record Sample
    {
        [Option("Text.", Letter = "t", ValueName = "FILE", Group = "Sample")]
        public string SomeText { get; init; } = "default";

        [Option("List.")]
        public string[] Hosts { get; init; } = [];

        [Option("Switch.")]
        public bool On { get; init; }

        [Option("Number.")]
        public int Count { get; init; } = 1000;

        [Option("Long number.", ValueName = "BYTES")]
        public long Size { get; init; } = 64 << 20;

        [Option("Duration.")]
        public TimeSpan Wait { get; init; } = TimeSpan.FromMilliseconds(500);

        [Option("Word.")]
        public Weekday Day { get; init; } = Weekday.SunDay;

        [Option("Nothing by default.")]
        public string? Unset { get; init; }

        public string NotAnOption { get; init; } = "";
    }

    private sealed record Wrong
    {
        [Option("Unsupported.")]
        public Stream? Value { get; init; }
    }
}
