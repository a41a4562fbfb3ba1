using ScriptProxy.EndToEnd.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>Files of the examples of deployments.</summary>
internal static class ExampleFile
{
    public static string PathOf(string name) => Path.Combine(Repository.Root, "examples", name);

    public static string Read(string name) => File.ReadAllText(PathOf(name)).ReplaceLineEndings("\n");

    /// <summary>The documents of a YAML file.</summary>
    public static IReadOnlyList<YamlMappingNode> Yaml(string name)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read(name)));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value!;

    public static IEnumerable<YamlNode> Items(this YamlNode node) => ((YamlSequenceNode)node).Children;
}
