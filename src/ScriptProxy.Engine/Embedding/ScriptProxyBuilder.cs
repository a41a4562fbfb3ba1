using Microsoft.Extensions.DependencyInjection;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Adds addons to a hosted proxy, or to an HttpClient. Their hooks run in the order of these calls.</summary>
public sealed class ScriptProxyBuilder
{
    private readonly string _key;

    /// <param name="services">The services of the application.</param>
    /// <param name="key">The key of the addon sources that belong together.</param>
    internal ScriptProxyBuilder(IServiceCollection services, string key)
    {
        Services = services;
        _key = key;
    }

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds an addon whose constructor takes services: the one that is registered, else one of its own. Where it can be disposed, that follows its OnUnload.</summary>
    public ScriptProxyBuilder AddAddon<TAddon>()
        where TAddon : Addon => AddSource(static services => new AddonObjects(ActivatorUtilities.GetServiceOrCreateInstance<TAddon>(services)));

    /// <summary>Adds an addon that the program has made.</summary>
    public ScriptProxyBuilder AddAddon(Addon addon)
    {
        ArgumentNullException.ThrowIfNull(addon);
        return AddSource(_ => new AddonObjects(addon));
    }

    /// <summary>Adds addons from elsewhere, such as scripts.</summary>
    public ScriptProxyBuilder AddSource(AddonSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return AddSource(_ => source);
    }

    private ScriptProxyBuilder AddSource(Func<IServiceProvider, AddonSource> source)
    {
        Services.AddKeyedSingleton(_key, (services, _) => source(services));
        return this;
    }
}
