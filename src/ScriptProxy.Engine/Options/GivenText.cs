using System.Text;

namespace ScriptProxy.Engine;

/// <summary>One word or line.</summary>
/// <param name="source">Where it was written.</param>
/// <param name="place">The same for messages.</param>
/// <param name="text">Null for a key without a value.</param>
internal sealed class GivenText(OptionSource source, string place, string? text) : GivenValue(source, place)
{
    public string? Text => text;

    public override void AppendTo(StringBuilder yaml) => yaml.Append(YamlText.Of(text));
}
