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
            if (option is null) problems.Add(Unknown(binder, child));
            else option.Set(result, Given(child), null, problems);
        }

        return problems.Count == 0 ? result : throw new ProxyStartException(string.Join(Environment.NewLine, problems));
    }

    private static GivenValue Given(IConfigurationSection section)
    {
        // An empty list is a section without value and children.
        GivenValue[] items = [.. section.GetChildren().Select(item => new GivenText(OptionSource.File, item.Path, item.Value ?? ""))];
        return items.Length > 0 || section.Value is null
            ? new GivenList(OptionSource.File, section.Path, items)
            : new GivenText(OptionSource.File, section.Path, section.Value);
    }

    private static string Unknown(OptionBinder<ProxyOptions> binder, IConfigurationSection section)
    {
        var known = binder.Options.Select(option => option.Flag.TrimStart('-'));
        var suggestion = Suggestion.For(section.Key, known);
        return $"{section.Path}: no such option{(suggestion is null ? "" : $"; did you mean '{suggestion}'?")} docs/options.md lists all.";
    }

    private static string Folded(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
