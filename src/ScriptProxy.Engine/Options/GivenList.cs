using System.Text;

namespace ScriptProxy.Engine;

/// <summary>Several values in order: a list in a file, or an option given several times.</summary>
internal sealed class GivenList(OptionSource source, string place, IReadOnlyList<GivenValue> items) : GivenValue(source, place)
{
    public IReadOnlyList<GivenValue> Items => items;

    public override void AppendTo(StringBuilder yaml)
    {
        yaml.Append('[');
        for (var i = 0; i < items.Count; i++) items[i].AppendTo(i == 0 ? yaml : yaml.Append(", "));
        yaml.Append(']');
    }
}
