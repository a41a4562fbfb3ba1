using System.Reflection;

namespace ScriptProxy.Engine;

/// <summary>
/// The options declared by a record, read once by reflection, and the way from what a user wrote to the record. Later wins: default,
/// environment, command line.
/// </summary>
/// <typeparam name="T">A record whose properties carry <see cref="OptionAttribute"/>.</typeparam>
internal sealed class OptionBinder<T>
    where T : class, new()
{
    /// <summary>The options in the order of their declaration.</summary>
    public IReadOnlyList<OptionDescriptor> Options { get; } = Describe();

    /// <summary>Makes the record. Variables that belong to no option are not looked at: Kubernetes itself sets SCRIPTPROXY_PORT for a service of that name.</summary>
    /// <param name="environment">The value of a variable; null or empty when not set. The values of a list are separated by commas.</param>
    /// <param name="commandLine">What was given for an option, in order; null when it was not given. A switch without a value is given as "true".</param>
    /// <param name="problems">Gets a line for each value that is wrong.</param>
    public T Bind(Func<string, string?> environment, Func<OptionDescriptor, IReadOnlyList<string>?> commandLine, ICollection<string> problems)
    {
        var result = new T();
        foreach (var option in Options)
        {
            var problem = commandLine(option) is { Count: > 0 } given
                ? option.Set(result, option.Flag, given)
                : environment(option.Variable) is { Length: > 0 } text
                    ? option.Set(result, option.Variable, option.IsRepeatable ? Split(text) : [text])
                    : null;
            if (problem is not null) problems.Add(problem);
        }

        return result;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static OptionDescriptor[] Describe()
    {
        var defaults = new T();
        return
        [
            .. from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
               let attribute = property.GetCustomAttribute<OptionAttribute>()
               where attribute is not null
               orderby property.MetadataToken
               select new OptionDescriptor(property, attribute, defaults),
        ];
    }
}
