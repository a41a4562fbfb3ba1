using System.Runtime.CompilerServices;
using ScriptProxy.Engine.Tests.Certificates;

namespace ScriptProxy.Engine.Tests.Documents;

/// <summary>The YAML blocks of a page, read as the proxy reads its configuration file.</summary>
internal static class YamlExamples
{
    /// <summary>Binds each block in a folder of its own; fails the test when one is wrong, or when there is none.</summary>
    /// <param name="page">Such as docs/hosts.md.</param>
    /// <param name="folder">Holds the files that the examples name.</param>
    public static List<ProxyOptions> Bind(string page, TemporaryDirectory folder)
    {
        var blocks = File.ReadAllText(Path.Combine(Root(), page)).Split("```yaml\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.NotEmpty(blocks);
        return blocks.ConvertAll(block => BindBlock(block, folder));
    }

    private static ProxyOptions BindBlock(string yaml, TemporaryDirectory folder)
    {
        var problems = new List<string>();
        var file = ConfigurationFile.Parse(folder.File("scriptproxy.yaml"), System.Text.Encoding.UTF8.GetBytes(yaml));
        var options = new OptionBinder<ProxyOptions>().Bind(new OptionSources(_ => null, _ => null, file), problems);
        Assert.Empty(problems);
        Assert.Empty(options.Validate());
        return options;
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
