using System.Globalization;
using System.Text;

namespace ScriptProxy.Cli.Admin;

/// <summary>Writes Prometheus' text format. Values of labels may be anything; they cannot forge a line.</summary>
internal sealed class PrometheusWriter
{
    private readonly StringBuilder _text = new();
    private string _family = "";

    /// <summary>Begins a family; samples that follow belong to it.</summary>
    public PrometheusWriter Family(string name, string type, string help)
    {
        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    /// <summary>Adds a sample.</summary>
    /// <param name="suffix">What is added to the family's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="labels">Names and values.</param>
    public void Sample(string suffix, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_family).Append(suffix);
        for (var i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            foreach (var character in labels[i].Value)
            {
                if (character == '\n') _text.Append("\\n");
                else if (character is '"' or '\\') _text.Append('\\').Append(character);
                else _text.Append(character);
            }

            _text.Append('"');
        }

        if (labels.Length > 0) _text.Append('}');
        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
