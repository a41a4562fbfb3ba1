namespace ScriptProxy.Engine;

/// <summary>The options declared by a record, read once by reflection, and the way from what a user wrote to the record.</summary>
/// <typeparam name="T">A record whose properties carry <see cref="OptionAttribute"/>.</typeparam>
internal sealed class OptionBinder<T>
    where T : class, new()
{
    /// <summary>The options in the order of their declaration.</summary>
    public IReadOnlyList<OptionDescriptor> Options { get; } = OptionDescriptor.Of(new T());

    /// <summary>Makes the record. Variables that belong to no option are not looked at: Kubernetes itself sets SCRIPTPROXY_PORT for a service of that name.</summary>
    /// <param name="sources">Where values are looked for.</param>
    /// <param name="problems">Gets a line for each value that is wrong.</param>
    public T Bind(OptionSources sources, ICollection<string> problems)
    {
        var result = new T();
        foreach (var option in Options)
        {
            if (sources.Find(option) is not { } given) continue;
            if (IsEmpty(given)) problems.Add($"{given.Place} \"\": expected {(option.IsSwitch ? option.Values!.Expected : option.ValueName)}, got nothing.");
            else option.Set(result, given, sources.BaseDirectory, problems);
        }

        return result;
    }

    private static bool IsEmpty(GivenValue given) => given is GivenText { Text: "" } || (given is GivenList { Items: var items } && items.Any(item => item is GivenText { Text: "" }));
}
