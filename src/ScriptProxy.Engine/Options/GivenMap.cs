using System.Text;

namespace ScriptProxy.Engine;

/// <summary>Values by key, in order; no key comes twice.</summary>
internal sealed class GivenMap(OptionSource source, string place, IReadOnlyList<GivenEntry> entries) : GivenValue(source, place)
{
    public IReadOnlyList<GivenEntry> Entries => entries;

    /// <summary>The value of a key; null when it is not there.</summary>
    public GivenValue? Find(string key) => entries.FirstOrDefault(entry => entry.Key == key)?.Value;

    public override void AppendTo(StringBuilder yaml)
    {
        yaml.Append('{');
        for (var i = 0; i < entries.Count; i++)
        {
            (i == 0 ? yaml : yaml.Append(", ")).Append(YamlText.Of(entries[i].Key)).Append(": ");
            entries[i].Value.AppendTo(yaml);
        }

        yaml.Append('}');
    }
}
