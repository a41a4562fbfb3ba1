using System.Text;
using ScriptProxy.Engine;
using ScriptProxy.Scripting;

namespace ScriptProxy.Cli;

/// <summary>What --options prints: every option with type, default, help, value and where that comes from, as a scriptproxy.yaml that says the same.</summary>
internal static class OptionsText
{
    /// <summary>Writes all options.</summary>
    /// <param name="configuration">The values of the proxy's own options.</param>
    /// <param name="scripts">The addons that are loaded.</param>
    public static string Write(Configuration configuration, IReadOnlyList<CheckedScript> scripts)
    {
        var text = new StringBuilder();
        text.Append($"# Options of scriptproxy {VersionInfo.Version} and of the addons it loads, in the form of scriptproxy.yaml.\n");
        text.Append("# What is commented out has its default, or is a secret.\n");
        Append(text, configuration, configuration.RunDescriptors, configuration.Run);
        Append(text, configuration, configuration.ProxyDescriptors, configuration.Proxy);

        var addons = scripts.SelectMany(script => script.Options).GroupBy(option => option.Addon).ToList();
        if (addons.Count == 0) return text.ToString();
        text.Append("\naddons:\n");
        foreach (var addon in addons)
        {
            text.Append($"  {YamlText.Of(addon.Key)}:\n");
            foreach (var option in addon.DistinctBy(option => option.Name))
                AppendOption(text, "    ", option.Name, option.Help, option.Type, option.Default, option.Value, Shown(option.Source, option.Place), option.IsSecret);
        }

        return text.ToString();
    }

    /// <summary>Where a value comes from, for people: a file with line and column, a variable, a flag; null for a default.</summary>
    public static string? Shown(OptionSource source, string? place) => source switch
    {
        OptionSource.Default => null,
        OptionSource.File => place!.Split(": ")[0],
        _ => place,
    };

    private static void Append(StringBuilder text, Configuration configuration, IEnumerable<OptionDescriptor> options, object record)
    {
        foreach (var group in options.GroupBy(option => option.Group))
        {
            text.Append($"\n# {group.Key}\n");
            foreach (var option in group)
            {
                var given = configuration.Sources.Find(option);
                var type = option.IsSwitch || option.IsRepeatable ? option.Type.Name : option.ValueName;
                AppendOption(
                    text, "", option.FileKey, option.Help, type, option.DefaultYaml, option.ValueYaml(record), Shown(given?.Source ?? OptionSource.Default, given?.Place), option.IsSecret);
            }
        }
    }

    private static void AppendOption(StringBuilder text, string indent, string key, string help, string type, string defaultValue, string value, string? source, bool isSecret)
    {
        text.Append($"\n{indent}# {help}\n{indent}# {type}; default {defaultValue}{(source is null ? "" : $"; set by {source}")}\n");
        text.Append($"{indent}{(source is null || isSecret ? "#" : "")}{key}: {value}\n");
    }
}
