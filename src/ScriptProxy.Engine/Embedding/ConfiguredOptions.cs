using Microsoft.Extensions.Configuration;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Reads options from a section of the application's configuration.</summary>
internal static class ConfiguredOptions
{
    /// <exception cref="ProxyStartException">A key is no option, or a value is not one of its option.</exception>
    public static ProxyOptions Bind(ProxyOptions options, IConfiguration section)
    {
        var result = options with { };
        var binder = new OptionBinder<ProxyOptions>();
        var problems = new List<string>();
        foreach (var child in section.GetChildren())
        {
            var option = binder.Options.FirstOrDefault(option => Folded(option.Flag) == Folded(child.Key));
            var problem = option is null ? Unknown(binder, child) : option.Set(result, child.Path, Values(child));
            if (problem is not null) problems.Add(problem);
        }

        return problems.Count == 0 ? result : throw new ProxyStartException(string.Join(Environment.NewLine, problems));
    }

    private static string[] Values(IConfigurationSection section)
    {
        // An empty list is a section without value and children.
        var items = section.GetChildren().Select(item => item.Value ?? "").ToArray();
        return items.Length > 0 || section.Value is null ? items : [section.Value];
    }

    private static string Unknown(OptionBinder<ProxyOptions> binder, IConfigurationSection section)
    {
        var known = binder.Options.Select(option => option.Flag.TrimStart('-'));
        var suggestion = Suggestion.For(section.Key, known);
        return $"{section.Path}: no such option{(suggestion is null ? "" : $"; did you mean '{suggestion}'?")} docs/options.md lists all.";
    }

    private static string Folded(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
