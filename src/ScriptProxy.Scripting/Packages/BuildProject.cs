using System.Text;
using System.Xml.Linq;
using ScriptProxy.Scripting.Compiling;

namespace ScriptProxy.Scripting.Packages;

/// <summary>The project that builds a single-file .cs as a plugin: its packages from the registry, the contract from this process.</summary>
internal static class BuildProject
{
    // What a build must not get from folders above; nearest files win, and empty ones end the search.
    private static readonly string[] Barriers = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"];

    /// <summary>Writes the project into an empty folder.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string folder, string script, FileHeader header, bool debug)
    {
        foreach (var barrier in Barriers) File.WriteAllText(Path.Combine(folder, barrier), "<Project />");
        File.WriteAllText(Path.Combine(folder, "GlobalUsings.g.cs"), string.Concat(DefaultUsings.All.Select(name => $"global using {name};\n")));
        var project = Path.Combine(folder, Path.GetFileNameWithoutExtension(script) + ".csproj");
        new XElement("Project", new XAttribute("Sdk", header.Sdk ?? "Microsoft.NET.Sdk"), Properties(script, header, debug), Items(header)).Save(project);
        return project;
    }

    private static XElement Properties(string script, FileHeader header, bool debug) => new(
        "PropertyGroup",
        new XElement("TargetFramework", $"net{Environment.Version.Major}.{Environment.Version.Minor}"),
        new XElement("Nullable", "annotations"),
        new XElement("LangVersion", "latest"),
        new XElement("AllowUnsafeBlocks", "true"),
        new XElement("NuGetAudit", "false"),
        new XElement("SatelliteResourceLanguages", "en"),
        header.Properties.Where(property => IsName(property.Name)).Select(property => new XElement(property.Name, property.Value)),
        new XElement("AssemblyName", Escape(Path.GetFileNameWithoutExtension(script))),
        new XElement("OutputType", "Library"),
        new XElement("PublishAot", "false"),
        new XElement("EnableDynamicLoading", "true"),
        new XElement("EnableDefaultItems", "false"),
        new XElement("ManagePackageVersionsCentrally", "false"),
        new XElement("RestoreRootConfigDirectory", Escape(Path.GetDirectoryName(script)!)),
        new XElement("Features", "$(Features);FileBasedProgram"),
        new XElement("Optimize", debug ? "false" : "true"),
        new XElement("DebugType", "portable"),
        new XElement("EmbedAllSources", "true"));

    private static XElement Items(FileHeader header) => new(
        "ItemGroup",
        header.Sources.Select(source => new XElement("Compile", new XAttribute("Include", Escape(source)))),
        new XElement("Compile", new XAttribute("Include", "GlobalUsings.g.cs")),
        header.Packages.Select(package => new XElement("PackageReference", new XAttribute("Include", package.Name), new XAttribute("Version", package.Version ?? "*"))),
        new XElement(
            "Reference",
            new XAttribute("Include", typeof(Addon).Assembly.GetName().Name!),
            new XElement("HintPath", Escape(typeof(Addon).Assembly.Location)),
            new XElement("Private", "false")));

    private static bool IsName(string name) => name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '.');

    /// <summary>Characters that mean something to MSBuild.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if ("%*?@$();'".Contains(character, StringComparison.Ordinal)) escaped.Append('%').Append(((int)character).ToString("X2"));
            else escaped.Append(character);
        }

        return escaped.ToString();
    }
}
