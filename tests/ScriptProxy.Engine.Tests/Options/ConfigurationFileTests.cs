using System.Text;

namespace ScriptProxy.Engine.Tests.Options;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-tests-").FullName;

    private string FilePath => Path.Combine(_folder, "scriptproxy.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    public void FileWithoutKeys_IsEmpty(string text) => Assert.Null(Parse(text).Root);

    [Fact]
    public void Values_KeepTheirOrderAndPlace()
    {
        var root = Parse("listen: 127.0.0.1:9090\naddons:\n  mask:\n    headers: [A, 'B']\n    names: {x: 1}\n").Root!;

        Assert.Equal(["listen", "addons"], root.Entries.Select(entry => entry.Key));
        Assert.Equal("{listen: 127.0.0.1:9090, addons: {mask: {headers: [A, B], names: {x: 1}}}}", root.ToString());
        var mask = (GivenMap)((GivenMap)root.Find("addons")!).Find("mask")!;
        Assert.Equal($"{FilePath}(4,15): addons.mask.headers[0]", ((GivenList)mask.Find("headers")!).Items[0].Place);
        Assert.Equal($"{FilePath}(4,5): addons.mask.headers", mask.Entries[0].Place);
    }

    [Fact]
    public void MarkInFront_IsNoPartOfTheFirstKey() =>
        Assert.Equal("{listen: x}", ConfigurationFile.Parse(FilePath, [0xEF, 0xBB, 0xBF, .. "listen: x"u8]).Root!.ToString());

    [Theory]
    [InlineData("a: null", "{a: null}")]
    [InlineData("a: ~", "{a: null}")]
    [InlineData("a:", "{a: null}")]
    [InlineData("a: 'null'", "{a: \"null\"}")]
    [InlineData("a: ''", "{a: \"\"}")]
    [InlineData("a: |\n  x\n  y\n", "{a: \"x\\ny\\n\"}")]
    [InlineData("a: \"\\u202e#: é\"", "{a: \"\\u202e#: é\"}")]
    public void Text_IsWrittenAsItWasRead(string text, string expected)
    {
        var root = Parse(text).Root!;

        Assert.Equal(expected, root.ToString());
        Assert.Equal(expected, Parse(expected).Root!.ToString());
    }

    [Theory]
    [InlineData("- a\n", "(1,1): expected options, such as \"listen: 127.0.0.1:8080\".")]
    [InlineData("text\n", "(1,1): expected options, such as \"listen: 127.0.0.1:8080\".")]
    [InlineData("a: 1\nb: 2\na: 3\n", "(3,1): a: given twice. Remove one.")]
    [InlineData("a:\n\tb: 1\n", "(2,1): tabs cannot indent YAML. Use spaces.")]
    [InlineData("a: 1\n---\nb: 2\n", "(2,1): a second document begins here; only one is read. Remove \"---\" and what follows.")]
    [InlineData("a: &x 1\n", "(1,4): a: anchors (&) have no use here. Remove it, or write the value in quotes if it begins with &.")]
    [InlineData("a: *x\n", "(1,4): a: aliases (*) are not followed. Write the value again, or in quotes if it begins with *.")]
    [InlineData("a: !!python/object:os.system {}\n", "(1,4): a: tags (tag:yaml.org,2002:python/object:os.system) have no use here. Remove it, or write the value in quotes if it begins with !.")]
    [InlineData("? [a, b]\n: 1\n", "(1,3): a key has to be a word.")]
    public void WhatIsNoConfiguration_IsRefusedWithPlaceAndRemedy(string text, string expected) => Assert.Equal(FilePath + expected, Refusal(text));

    [Theory]
    [InlineData("a: [1, 2\n")]
    [InlineData("a: 'open\n")]
    [InlineData("a: b: c\n")]
    [InlineData("a: @x\n")]
    [InlineData("%YAML 9.9\n---\na: 1\n")]
    public void WhatIsNoYaml_IsRefusedInOneLineWithPlace(string text)
    {
        var refusal = Refusal(text);

        Assert.Matches(@"\(\d+,\d+\): not YAML: .+\.$", refusal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void AliasesUponAliases_CostNothing() =>
        Assert.Contains("anchors (&) have no use here", Refusal("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n"), StringComparison.Ordinal);

    [Fact]
    public void DeepNesting_IsRefused() => Assert.Contains("nested deeper than 32 levels", Refusal("a: " + new string('[', 50_000)), StringComparison.Ordinal);

    [Fact]
    public void OtherEncodings_AreRefusedWithTheLine() =>
        Assert.Equal($"{FilePath}(2): not UTF-8. Save the file as UTF-8.", RefusalOf([.. "a: 1\nb: "u8, .. Encoding.Latin1.GetBytes("é\n")]));

    [Fact]
    public void HugeFile_IsRefused() =>
        Assert.Equal($"{FilePath}: longer than 1 MB, which no configuration is.", RefusalOf(new byte[ConfigurationFile.LargestBytes + 1]));

    [Fact]
    public void MissingFile_IsNamed() =>
        Assert.Equal($"{FilePath}: there is no such file. Name another with --config.", Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read(FilePath)).Message);

    [Fact]
    public void Folder_IsNoFile() =>
        Assert.Equal($"{_folder}: expected a file, got a folder. Name another with --config.", Assert.Throws<ConfigurationException>(() => ConfigurationFile.Read(_folder)).Message);

    private ConfigurationFile Parse(string text) => ConfigurationFile.Parse(FilePath, Encoding.UTF8.GetBytes(text));

    private string Refusal(string text) => RefusalOf(Encoding.UTF8.GetBytes(text));

    private string RefusalOf(byte[] content) => Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse(FilePath, content)).Message;
}
