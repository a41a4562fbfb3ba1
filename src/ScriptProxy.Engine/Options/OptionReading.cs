using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine;

/// <summary>One option being read: what its values may be beside their type, and what was wrong with them.</summary>
/// <param name="problems">Gets a line for each value that is wrong.</param>
internal sealed class OptionReading(ICollection<string> problems)
{
    /// <summary>Whether values are kept out of messages.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether its values are paths of files or folders.</summary>
    public bool HoldsPath { get; init; }

    /// <summary>What relative paths in a file start from; null when there is no file.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>The least a number may be.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>The most a number may be.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Where "@FILE" is read; null where it has no meaning.</summary>
    public OptionFiles? Files { get; init; }

    /// <summary>Adds "--filter "~d (": column 5: this '(' is not closed."</summary>
    public void Wrong(GivenValue given, string problem)
    {
        // What follows the first line shows the value, with a caret below it.
        var lines = problem.Split('\n');
        problems.Add($"{given.Place}{(given is GivenText { Text: { } text } && lines.Length == 1 ? $" \"{Printable.Escape(text)}\"" : "")}: {string.Join('\n', lines.Select(Printable.Escape))}");
    }

    /// <summary>Adds a problem that no value is shown for.</summary>
    public void Add(string problem) => problems.Add(problem);

    /// <summary>Adds "--count "x": expected a whole number."</summary>
    public void Expected(GivenValue given, string expected) => problems.Add(given switch
    {
        GivenText { Text: null } => $"{given.Place}: expected {expected}, got nothing.",
        GivenText { Text: { } text } => $"{given.Place} {(IsSecret ? "***" : $"\"{Printable.Escape(text)}\"")}: expected {expected}.",
        GivenList { Source: OptionSource.CommandLine } list => $"{given.Place}: expected once, got {list.Items.Count} times.",
        GivenList => $"{given.Place}: expected {expected}, got a list.",
        _ => $"{given.Place}: expected {expected}, got keys and values.",
    });

    /// <summary>The same reading for what a file holds; it cannot name further ones.</summary>
    public OptionReading Of(string folder) => new(problems) { IsSecret = IsSecret, HoldsPath = HoldsPath, BaseDirectory = folder, Min = Min, Max = Max };

    /// <summary>The same reading for the parts of a record or list, which have ranges of their own.</summary>
    public OptionReading Within(OptionAttribute? attribute, bool isSecret) => new(problems)
    {
        IsSecret = IsSecret || isSecret,
        BaseDirectory = BaseDirectory,
        Files = Files,
        HoldsPath = attribute?.ValueName is "FILE" or "DIR",
        Min = attribute?.Min ?? double.NegativeInfinity,
        Max = attribute?.Max ?? double.PositiveInfinity,
    };
}
