using System.Text;

namespace ScriptProxy.Engine;

/// <summary>What a user wrote for an option, not yet read as the option's type.</summary>
/// <param name="source">Where it was written.</param>
/// <param name="place">The same for messages: a flag, a variable, or file, line, column and key.</param>
internal abstract class GivenValue(OptionSource source, string place)
{
    public OptionSource Source => source;

    public string Place => place;

    /// <summary>Whether both say the same, wherever they stand.</summary>
    public static bool Same(GivenValue? one, GivenValue? other) => one?.ToString() == other?.ToString();

    /// <summary>The value as one line of YAML.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        AppendTo(text);
        return text.ToString();
    }

    /// <summary>Appends the value as one line of YAML.</summary>
    public abstract void AppendTo(StringBuilder yaml);
}
