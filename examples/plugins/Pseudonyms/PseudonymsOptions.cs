using ScriptProxy;

namespace PseudonymsPlugin;

/// <summary>What a user can set: <c>--set pseudonyms.key=…</c>, or the same in scriptproxy.yaml.</summary>
public sealed record PseudonymsOptions
{
    /// <summary>What pseudonyms are made with.</summary>
    [Option("Secret that pseudonyms are made with; another key gives other pseudonyms.", ValueName = "TEXT")]
    public string Key { get; init; } = "";

    /// <summary>Whose responses are changed.</summary>
    [Option("Host whose responses are changed; every host when none is given. Repeatable.", ValueName = "HOST")]
    public string[] Hosts { get; init; } = [];

    /// <summary>What is wrong with the options: one line each.</summary>
    public IEnumerable<string> Validate()
    {
        if (Key.Length < 8) yield return "key: expected at least 8 characters, so that nobody can guess whose pseudonym it is.";
    }
}
