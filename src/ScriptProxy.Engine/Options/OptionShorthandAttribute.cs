namespace ScriptProxy.Engine;

/// <summary>Lets one word stand for a record of which nothing else is said: <c>10.0.0.1:80</c> for <c>{ address: 10.0.0.1:80 }</c>.</summary>
/// <param name="member">The property that gets the word.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class OptionShorthandAttribute(string member) : Attribute
{
    /// <summary>The property's key.</summary>
    public string Key { get; } = OptionDescriptor.Kebab(member);

    /// <summary>What was meant by what was given.</summary>
    public GivenValue Expand(GivenValue given) =>
        given is GivenText { Text: { } text } && (given.Source == OptionSource.File || !text.TrimStart().StartsWith('{'))
            ? new GivenMap(given.Source, given.Place, [new GivenEntry(Key, given.Place, given)])
            : given;
}
