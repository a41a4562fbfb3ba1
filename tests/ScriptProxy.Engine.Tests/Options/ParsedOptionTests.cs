using System.Net;
using System.Text;

namespace ScriptProxy.Engine.Tests.Options;

public class ParsedOptionTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly List<string> _problems = [];
    private string? _yaml;

    [Fact]
    public void Filter_IsReadFromText() => Assert.Equal("~d a.test & ~c 401", Bind("mask.filter=~d a.test & ~c 401").Filter?.ToString());

    [Fact]
    public void MistakeInAFilter_ShowsPlaceColumnAndCaret()
    {
        _yaml = "addons:\n  mask:\n    filter: ~d a.test & ~x";

        Assert.Null(Bind().Filter);

        var lines = Assert.Single(_problems).Split('\n');
        Assert.StartsWith("/config.yaml(3,13): addons.mask.filter: column 13: there is no operator ~x.", lines[0], StringComparison.Ordinal);
        Assert.Equal(["    ~d a.test & ~x", "                ^"], lines[1..]);
    }

    [Fact]
    public void TypeOfTheFrameworkThatParses_IsRead()
    {
        Assert.Equal(IPAddress.Loopback, Bind("mask.address=127.0.0.1").Address);

        Bind("mask.address=localhost");
        Assert.Equal("--set mask.address \"localhost\": expected a IPAddress.", Assert.Single(_problems));
    }

    [Fact]
    public void RecordThatParses_IsReadFromTextAndFromKeys()
    {
        _yaml = "addons: {mask: {pairs: ['a=1', {left: b, right: '2'}]}}";

        Assert.Equal([new Pair("a", "1"), new Pair("b", "2")], Bind().Pairs);
        Assert.Equal([new Pair("c", "3,4"), new Pair("d", "5")], Bind("mask.pairs=c=3,4", "mask.pairs={left: d, right: '5'}").Pairs);
    }

    [Fact]
    public void Variable_PartsThemByLines()
    {
        _environment["SCRIPTPROXY_MASK_PAIRS"] = "a=1,2\nb=3";

        Assert.Equal([new Pair("a", "1,2"), new Pair("b", "3")], Bind().Pairs);
    }

    [Fact]
    public void RecordThatRefusesItsText_SaysWhy()
    {
        Bind("mask.pairs=a=1", "mask.pairs=b");

        Assert.Equal("--set mask.pairs \"b\": expected LEFT=RIGHT.", Assert.Single(_problems));
    }

    [Theory]
    [InlineData("/config.yaml", "/rules/one.json")]
    [InlineData(null, null)]
    public void FileOfRules_IsReadWithItsOwnPlaces(string? yaml, string? path)
    {
        path ??= Path.GetFullPath("one.json");
        _files[path] = """[{"host": "a.test"}, {"host": "b.test"}]""";
        if (yaml is not null) _yaml = "addons: {mask: {rules: '@rules/one.json'}}";

        Assert.Equal(["a.test", "b.test"], (yaml is null ? Bind("mask.rules=@one.json") : Bind()).Rules.Select(rule => rule.Host));
        Assert.Empty(_problems);
    }

    [Fact]
    public void MistakeInAFileOfRules_NamesItsLine()
    {
        _files["/rules.yaml"] = "- host: a.test\n- hots: b.test\n";

        Bind("mask.rules=@/rules.yaml");

        Assert.Contains("/rules.yaml(2,3): [1].hots: there is no 'hots'; did you mean 'host'?", _problems);
    }

    [Fact]
    public void FileOfRulesThatIsNotThere_IsNamed()
    {
        Bind("mask.rules=@/no.yaml");

        Assert.Equal("--set mask.rules \"@/no.yaml\": no such file. Expected a YAML or JSON file.", Assert.Single(_problems));
    }

    [Fact]
    public void FileInAFile_IsNotFollowed()
    {
        _files["/rules.yaml"] = "'@/rules.yaml'";

        Bind("mask.rules=@/rules.yaml");

        Assert.StartsWith("/rules.yaml(1,1) \"@/rules.yaml\": expected a list", Assert.Single(_problems), StringComparison.Ordinal);
    }

    private Sample Bind(params string[] set)
    {
        var sample = new Sample();
        var settings = AddonSettings.Of(
            _yaml is null ? null : ConfigurationFile.Parse("/config.yaml", Encoding.UTF8.GetBytes(_yaml)), set, _environment.GetValueOrDefault, _problems);
        var binder = new AddonOptionBinder(settings, new OptionFiles(path => _files.TryGetValue(path, out var text) ? (Encoding.UTF8.GetBytes(text), null) : (null, "no such file")));
        binder.Add("mask", sample);
        binder.Bind(_problems);
        return sample;
    }

    public sealed record Sample
    {
        [Option("Filter.")]
        public FlowFilter? Filter { get; init; }

        [Option("Address.")]
        public IPAddress? Address { get; init; }

        [Option("Pairs.")]
        public Pair[] Pairs { get; init; } = [];

        [Option("Rules.")]
        public Rule[] Rules { get; init; } = [];
    }

    public sealed record Pair(string Left, string Right)
    {
        public static Pair Parse(string text) => text.Split('=') is [var left, var right] ? new(left, right) : throw new FormatException("expected LEFT=RIGHT.");
    }

    public sealed record Rule
    {
        public required string Host { get; init; }
    }
}
