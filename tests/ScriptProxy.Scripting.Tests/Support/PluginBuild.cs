using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>Builds what dotnet build would: a DLL with its PDB, and the .deps.json that names its parts.</summary>
internal static class PluginBuild
{
    private const string Usings = "global using System; global using System.IO; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks; global using ScriptProxy;";

    /// <summary>The contract of this process.</summary>
    public static string Contract => typeof(Addon).Assembly.Location;

    /// <summary>An addon class that tags flows.</summary>
    public static string Tagging(string tag) =>
        $"public sealed class Mask : Addon {{ public override ValueTask OnRequestAsync(HttpFlow flow) {{ flow.Tags.Add({tag}); return default; }} }}";

    /// <summary>Builds a plugin against the contract.</summary>
    /// <param name="path">Where its DLL goes; its folder is made.</param>
    /// <param name="source">C#, with the usual usings.</param>
    /// <param name="references">DLLs beside it, which its .deps.json names.</param>
    public static string Plugin(string path, string source, params string[] references)
    {
        Library(path, $"{Usings}\n{source}", [Contract, .. references]);
        Dependencies(path, references);
        return path;
    }

    /// <summary>Builds a library.</summary>
    public static string Library(string path, string source, params string[] references)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var tree = CSharpSyntaxTree.ParseText(source, path: Path.ChangeExtension(path, ".cs"), encoding: System.Text.Encoding.UTF8);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path),
            [tree],
            PlatformAssemblies.Base.Concat(references).Select(reference => MetadataReference.CreateFromFile(reference)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = compilation.Emit(image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb, pdbFilePath: Path.ChangeExtension(path, ".pdb")));
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        File.WriteAllBytes(path, image.ToArray());
        File.WriteAllBytes(Path.ChangeExtension(path, ".pdb"), symbols.ToArray());
        return path;
    }

    /// <summary>Writes the .deps.json of a plugin.</summary>
    public static void Dependencies(string path, IEnumerable<string> libraries, IEnumerable<string>? natives = null)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var targets = new List<string> { $$"""      "{{name}}/1.0.0": { "runtime": { "{{name}}.dll": {} }, "native": { {{string.Join(", ", (natives ?? []).Select(native => $"\"{native}\": {{}}"))}} } }""" };
        targets.AddRange(libraries.Select(Path.GetFileNameWithoutExtension).Select(library => $$"""      "{{library}}/1.0.0": { "runtime": { "lib/net10.0/{{library}}.dll": {} } }"""));
        var packages = libraries.Select(Path.GetFileNameWithoutExtension).Select(library => $$"""    "{{library}}/1.0.0": { "type": "package", "serviceable": false, "sha512": "" }""");
        File.WriteAllText(Path.ChangeExtension(path, ".deps.json"), $$"""
            {
              "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0", "signature": "" },
              "targets": {
                ".NETCoreApp,Version=v10.0": {
            {{string.Join(",\n", targets)}}
                }
              },
              "libraries": {
            {{string.Join(",\n", packages.Prepend($$"""    "{{name}}/1.0.0": { "type": "project", "serviceable": false, "sha512": "" }"""))}}
              }
            }
            """);
    }
}
