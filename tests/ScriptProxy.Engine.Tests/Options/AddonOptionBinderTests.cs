using System.Text;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine.Tests.Options;

public class AddonOptionBinderTests
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<string> _problems = [];
    private IReadOnlyList<AddonOption> _told = [];
    private string? _yaml;

    public enum Verdict
    {
        Allow,
        AskFirst,
    }

    [Fact]
    public void NothingGiven_LeavesDefaults()
    {
        Assert.Equivalent(new Sample(), Bind());
        Assert.All(_told, option => Assert.Equal(OptionSource.Default, option.Source));
    }

    [Fact]
    public void LaterSource_Wins()
    {
        _yaml = "addons: {mask: {text: file, count: 1, wait: 1}}";
        _environment["SCRIPTPROXY_MASK_TEXT"] = "environment";
        _environment["SCRIPTPROXY_MASK_COUNT"] = "2";

        var sample = Bind("mask.text=command line");

        Assert.Equal(("command line", 2, TimeSpan.FromSeconds(1)), (sample.Text, sample.Count, sample.Wait));
        Assert.Equal(
            [("text", OptionSource.CommandLine), ("count", OptionSource.Environment), ("wait", OptionSource.File)],
            _told.Where(option => option.Source != OptionSource.Default).Select(option => (option.Name, option.Source)));
    }

    [Theory]
    [InlineData("text: x", "text", "x")]
    [InlineData("text: ''", "text", "\"\"")]
    [InlineData("on: true", "on", "true")]
    [InlineData("on: no", "on", "false")]
    [InlineData("count: -64k", "count", "-65536")]
    [InlineData("size: 1g", "size", "1g")]
    [InlineData("ratio: 0.25", "ratio", "0.25")]
    [InlineData("ratio: null", "ratio", "null")]
    [InlineData("wait: 500ms", "wait", "0.5")]
    [InlineData("verdict: ask-first", "verdict", "ask-first")]
    [InlineData("maybe: allow", "maybe", "allow")]
    [InlineData("pattern: ^a+$", "pattern", "\"^a+$\"")]
    [InlineData("address: https://a.test/", "address", "https://a.test/")]
    [InlineData("headers: [A, B]", "headers", "[A, B]")]
    [InlineData("headers: A", "headers", "[A]")]
    [InlineData("headers: []", "headers", "[]")]
    [InlineData("ports: [80, 443]", "ports", "[80, 443]")]
    [InlineData("names: {b: 2, a: 1}", "names", "{b: 2, a: 1}")]
    [InlineData("rules: [{host: a.test}, {host: b.test, verdict: ask-first, note: x}]", "rules", "[{host: a.test, verdict: allow, note: null}, {host: b.test, verdict: ask-first, note: x}]")]
    [InlineData("groups: {x: {rules: [{host: a.test}]}}", "groups", "{x: {rules: [{host: a.test, verdict: allow, note: null}]}}")]
    public void ValueOfTheFile_IsRead(string yaml, string option, string expected)
    {
        _yaml = $"addons: {{mask: {{{yaml}}}}}";

        Bind();

        Assert.Empty(_problems);
        Assert.Equal(expected, _told.Single(told => told.Name == option).Value);
    }

    [Fact]
    public void RepeatedSet_MakesAList() => Assert.Equal(["A,B", "C"], Bind("mask.headers=A,B", "mask.headers=C").Headers);

    [Fact]
    public void SetOfAListAsInAFile_IsThatListAndWhatMerelyStandsInBracketsIsOne() =>
        Assert.Equal(["A", "B,C", "[::1]", "D"], Bind("mask.headers=[A, 'B,C']", "mask.headers=[]", "mask.headers=[::1]", "mask.headers=D").Headers);

    [Fact]
    public void VariableOfAList_IsSeparatedByCommas()
    {
        _environment["SCRIPTPROXY_MASK_HEADERS"] = "A, B";

        Assert.Equal(["A", "B"], Bind().Headers);
    }

    [Fact]
    public void SetWithoutAValue_TurnsASwitchOn() => Assert.True(Bind("mask.on").On);

    [Fact]
    public void SetTakesRulesAsYaml_OneOrSeveral()
    {
        var rules = Bind("mask.rules={host: a.test}", "mask.rules=[{host: b.test}, {host: c.test}]").Rules;

        Assert.Empty(_problems);
        Assert.Equal(["a.test", "b.test", "c.test"], rules.Select(rule => rule.Host));
    }

    [Fact]
    public void SetTakesKeysAndValues()
    {
        var names = Bind("mask.names=a=1", "mask.names={b: 2}").Names;

        Assert.Empty(_problems);
        Assert.Equal(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }, names);
    }

    [Theory]
    [InlineData("text: null", "(1,23): addons.mask.text: expected text, got nothing.")]
    [InlineData("text: [a]", "(1,23): addons.mask.text: expected text, got a list.")]
    [InlineData("count: {a: 1}", "(1,24): addons.mask.count: expected a whole number such as 200, 64k or 1m, -2147483648 to 2147483647, got keys and values.")]
    [InlineData("count: x", "(1,24): addons.mask.count \"x\": expected a whole number such as 200, 64k or 1m, -2147483648 to 2147483647.")]
    [InlineData("limited: 0", "(1,26): addons.mask.limited \"0\": expected 1 to 10.")]
    [InlineData("limited: 11", "(1,26): addons.mask.limited \"11\": expected 1 to 10.")]
    [InlineData("ratio: NaN", "(1,24): addons.mask.ratio \"NaN\": expected a number such as 2 or 0.5.")]
    [InlineData("pattern: (", "(1,26): addons.mask.pattern \"(\": expected a regular expression of .NET.")]
    [InlineData("address: /x", "(1,26): addons.mask.address \"/x\": expected a URL with a scheme, such as https://example.com/.")]
    [InlineData("verdict: deny", "(1,26): addons.mask.verdict \"deny\": expected allow or ask-first.")]
    [InlineData("headers: {a: b}", "(1,26): addons.mask.headers: expected a list, such as [TEXT, TEXT]; [] for none, got keys and values.")]
    [InlineData("headers: [[a]]", "(1,27): addons.mask.headers[0]: expected text, got a list.")]
    [InlineData("ports: [80, x]", "(1,29): addons.mask.ports[1] \"x\": expected a whole number such as 200, 64k or 1m, -2147483648 to 2147483647.")]
    [InlineData("names: [a]", "(1,24): addons.mask.names: expected keys and values, such as {key: NUMBER}; {} for none, got a list.")]
    [InlineData("rules: [{verdict: allow}]", "(1,25): addons.mask.rules[0]: 'host' is missing. Add host: TEXT.")]
    [InlineData("rules: [{host: a, verdct: allow}]", "(1,35): addons.mask.rules[0].verdct: there is no 'verdct'; did you mean 'verdict'?")]
    [InlineData("rules: [{host: bad}]", "(1,25): addons.mask.rules[0]: host \"bad\" has no dot")]
    [InlineData("rules: [a.test]", "(1,25): addons.mask.rules[0] \"a.test\": expected {host: TEXT, verdict: allow|ask-first, note: TEXT}.")]
    [InlineData("heders: [A]", "(1,17): addons.mask.heders: there is no 'heders'; did you mean 'headers'?")]
    [InlineData("api-key: [hunter2]", "(1,26): addons.mask.api-key: expected text, got a list.")]
    public void WrongValueOfTheFile_IsOneLineWithPlaceAndRemedy(string yaml, string expected)
    {
        _yaml = $"addons: {{mask: {{{yaml}}}}}";

        Bind();

        Assert.Equal("/config.yaml" + expected, Assert.Single(_problems));
    }

    [Theory]
    [InlineData("mask.count=x", "--set mask.count \"x\": expected a whole number such as 200, 64k or 1m, -2147483648 to 2147483647.")]
    [InlineData("mask.cont=1", "--set mask.cont: there is no 'cont'; did you mean 'count'?")]
    [InlineData("mask", "--set \"mask\": expected ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.")]
    [InlineData("mask=hunter2", "--set \"mask\": expected ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.")]
    [InlineData(".x=1", "--set \".x\": expected ADDON.OPTION=VALUE, or ADDON.OPTION for a switch.")]
    [InlineData("mask.rules=[", "--set mask.rules: not YAML: ")]
    [InlineData("mask.secret-number=hunter2", "--set mask.secret-number ***: expected a whole number such as 200, 64k or 1m, -2147483648 to 2147483647.")]
    public void WrongSet_IsOneLineWithRemedy(string set, string expected)
    {
        Bind(set);

        Assert.StartsWith(expected, Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void SingleOptionSetTwice_IsAProblem()
    {
        Bind("mask.count=1", "mask.count=2");

        Assert.Equal("--set mask.count: expected once, got 2 times.", Assert.Single(_problems));
    }

    [Fact]
    public void Combination_IsAskedForByValidate()
    {
        Bind("mask.count=-1");

        Assert.Equal("mask: count must not be -1", Assert.Single(_problems));
    }

    [Fact]
    public void ProblemOfOneOption_IsPlacedWhereItWasGiven()
    {
        Bind("mask.count=-3");

        Assert.Equal("--set mask.count: three is unlucky", Assert.Single(_problems));
    }

    [Fact]
    public void ValidateThatThrows_IsAProblem()
    {
        Bind("mask.count=-2");

        Assert.Equal("mask: Validate failed: InvalidOperationException: no", Assert.Single(_problems));
    }

    [Fact]
    public void Secrets_AreNotTold()
    {
        var sample = Bind("mask.api-key=hunter2", "mask.card=hunter3");

        Assert.Equal(("hunter2", "hunter3"), (sample.ApiKey, sample.Card));
        Assert.DoesNotContain(_told, option => option.Value.Contains("hunter", StringComparison.Ordinal));
    }

    [Fact]
    public void RelativePathInTheFile_StartsFromTheFile()
    {
        _yaml = "addons: {mask: {path: sub/list.txt, text: sub/list.txt}}";

        var sample = Bind();

        Assert.Equal("/sub/list.txt", sample.Path);
        Assert.Equal("sub/list.txt", sample.Text);
    }

    [Theory]
    [InlineData("mask", "mask")]
    [InlineData("Mask", "mask")]
    [InlineData("my_mask.v2", "my-mask-v2")]
    [InlineData("MaskÄ!", "maskä")]
    public void AddonName_IsLowerCaseWithHyphens(string name, string expected) => Assert.Equal(expected, AddonSettings.NameOf(name));

    [Fact]
    public void SettingsForNobody_AreNamed()
    {
        _yaml = "addons:\n  msk: {text: x}\n  mask: {text: x}\n";
        var settings = Settings("maks.text=x", "other.text=x");

        Assert.Equal(
            ["--set maks.text: no addon 'maks' is loaded; did you mean 'mask'?", "--set other.text: no addon 'other' is loaded. Loaded: mask."],
            settings.SetForNone(["mask"]));
        Assert.Equal(["/config.yaml(2,3): addons.msk: no addon 'msk' is loaded; did you mean 'mask'?"], settings.SectionsForNone(["mask"]));
    }

    [Theory]
    [InlineData("addons: [mask]", "(1,9): addons: expected the names of addons with their options below. The folder to load from is addons-dir.")]
    [InlineData("addons: {mask: 1}", "(1,16): addons.mask: expected the addon's options below, such as \"mask: {option: value}\".")]
    [InlineData("addons: {mask: {}, Mask: {}}", "(1,20): addons.Mask: given twice; names differ by more than case and punctuation. Join the two.")]
    public void SectionThatIsNone_IsAProblem(string yaml, string expected)
    {
        _yaml = yaml;

        Settings();

        Assert.Equal("/config.yaml" + expected, Assert.Single(_problems));
    }

    [Fact]
    public void SettingsOfOneAddon_AreComparedWithoutPlaces()
    {
        _yaml = "addons: {mask: {text: x}, other: {text: y}}";
        var before = Settings();
        _yaml = "# moved\naddons:\n  other:\n    text: z\n  mask:\n    text: 'x'\n";
        var after = Settings();

        Assert.True(before.SaysTheSame("mask", after));
        Assert.False(before.SaysTheSame("other", after));
        Assert.True(before.SaysTheSame("none", after));
    }

    private Sample Bind(params string[] set)
    {
        var sample = new Sample();
        var binder = new AddonOptionBinder(Settings(set));
        binder.Add("Mask", sample);
        _told = binder.Bind(_problems);
        return sample;
    }

    private AddonSettings Settings(params string[] set) => AddonSettings.Of(
        _yaml is null ? null : ConfigurationFile.Parse("/config.yaml", Encoding.UTF8.GetBytes(_yaml)), set, _environment.GetValueOrDefault, _problems);

    public sealed record Sample
    {
        [Option("Text.")]
        public string Text { get; init; } = "default";

        [Option("Switch.")]
        public bool On { get; init; }

        [Option("Number.")]
        public int Count { get; init; } = 1000;

        [Option("Long number.", ValueName = "BYTES")]
        public long Size { get; init; } = 64 << 20;

        [Option("Nullable number.")]
        public double? Ratio { get; init; } = 0.5;

        [Option("Duration.")]
        public TimeSpan Wait { get; init; } = TimeSpan.FromMilliseconds(500);

        [Option("Word.")]
        public Verdict Verdict { get; init; }

        [Option("Nullable word.")]
        public Verdict? Maybe { get; init; }

        [Option("Pattern.")]
        public Regex? Pattern { get; init; }

        [Option("Address.")]
        public Uri? Address { get; init; }

        [Option("Limited.", Min = 1, Max = 10)]
        public int Limited { get; init; } = 5;

        [Option("List.")]
        public string[] Headers { get; init; } = [];

        [Option("List of numbers.")]
        public IReadOnlyList<int> Ports { get; init; } = [];

        [Option("Map.")]
        public IReadOnlyDictionary<string, int> Names { get; init; } = new Dictionary<string, int>();

        [Option("Rules.")]
        public IReadOnlyList<Rule> Rules { get; init; } = [];

        [Option("Groups.")]
        public Dictionary<string, Group> Groups { get; init; } = [];

        [Option("Looks like a secret.")]
        public string ApiKey { get; init; } = "";

        [Option("A secret.", Secret = true)]
        public string Card { get; init; } = "";

        [Option("A secret that is no text.", Secret = true)]
        public int SecretNumber { get; init; }

        [Option("A path.", ValueName = "FILE")]
        public string? Path { get; init; }

        public IEnumerable<string> Validate()
        {
            if (Count == -1) yield return "count must not be -1";
            if (Count == -3) yield return "count: three is unlucky";
            if (Count == -2) throw new InvalidOperationException("no");
        }
    }

    public sealed record Rule(string Host, Verdict Verdict = Verdict.Allow, string? Note = null)
    {
        public IEnumerable<string> Validate() => Host.Contains('.', StringComparison.Ordinal) ? [] : [$"host \"{Host}\" has no dot"];
    }

    public sealed record Group
    {
        public List<Rule> Rules { get; init; } = [];
    }
}
