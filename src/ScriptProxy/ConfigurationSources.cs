using System.CommandLine;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli;

/// <summary>Where options are looked for: command line, environment, file.</summary>
/// <param name="parsed">The command line.</param>
/// <param name="environment">The value of a variable; null or empty when not set.</param>
/// <param name="run">The options of the command.</param>
/// <param name="proxy">The options of the engine.</param>
internal sealed class ConfigurationSources(ParseResult parsed, Func<string, string?> environment, OptionSet<RunOptions> run, OptionSet<ProxyOptions> proxy)
{
    private readonly HashSet<string> _variables = [.. run.Descriptors.Concat(proxy.Descriptors).Select(option => option.Variable)];

    public ParseResult Parsed => parsed;

    public OptionSet<RunOptions> Run => run;

    public OptionSet<ProxyOptions> Proxy => proxy;

    /// <summary>All options of the proxy itself.</summary>
    public IEnumerable<OptionDescriptor> Descriptors => run.Descriptors.Concat(proxy.Descriptors);

    /// <summary>The sources together with a file.</summary>
    public OptionSources With(ConfigurationFile? file) => new(environment, option => run.Given(parsed, option) ?? proxy.Given(parsed, option), file);

    /// <summary>A variable as an addon may use it: those of the proxy's own options are not for addons.</summary>
    public string? AddonVariable(string name) => _variables.Contains(name) ? null : environment(name);

    /// <summary>The names of all variables that may be for addons.</summary>
    public IEnumerable<string> Variables => Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("SCRIPTPROXY_", StringComparison.Ordinal) && AddonVariable(name) is not null);

    /// <summary>The file that was named, else the one in the working directory, which need not be there. Absolute; null when the name is wrong.</summary>
    public string? FindFile(ICollection<string> problems)
    {
        var option = run.Descriptors.Single(option => option.Flag == "--config");
        switch (With(null).Find(option))
        {
            case null:
                return Path.GetFullPath(ConfigurationFile.DefaultName);
            case GivenText { Text: { Length: > 0 } path }:
                return Path.GetFullPath(path);
            default:
                // Given twice, or empty: binding says so.
                run.Bind(parsed, With(null), problems);
                return null;
        }
    }

    /// <summary>Reads the file; none is read when there is none in the working directory, which is no mistake.</summary>
    public bool TryRead(string? path, ICollection<string> problems, out ConfigurationFile? file)
    {
        file = null;
        if (path is null) return false;
        var isNamed = With(null).Find(run.Descriptors.Single(option => option.Flag == "--config")) is not null;
        if (!isNamed && !Path.Exists(path)) return true;
        try
        {
            file = ConfigurationFile.Read(path);
            return true;
        }
        catch (ConfigurationException exception)
        {
            problems.Add(exception.Message);
            return false;
        }
    }
}
