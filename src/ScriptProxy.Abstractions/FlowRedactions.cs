using System.Text.RegularExpressions;

namespace ScriptProxy;

/// <summary>What addons asked to hide of one flow, beyond header fields and what is hidden by default. Not thread-safe.</summary>
internal sealed class FlowRedactions
{
    /// <summary>Texts that are hidden wherever they stand.</summary>
    public List<string> Texts { get; } = [];

    /// <summary>What they match is hidden wherever it stands; where a group is named "secret", that group alone.</summary>
    public List<Regex> Patterns { get; } = [];

    /// <summary>Names of URL parameters, compared without case.</summary>
    public List<string> QueryNames { get; } = [];

    /// <summary>Names of form fields, compared without case.</summary>
    public List<string> FormNames { get; } = [];

    /// <summary>Values of JSON bodies.</summary>
    public List<JsonPath> JsonPaths { get; } = [];

    /// <summary>Whether anything is hidden wherever it stands.</summary>
    public bool HidesText => Texts.Count + Patterns.Count > 0;
}
