using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Puts the proxy, or its addons alone, into any .NET application.</summary>
public static class ScriptProxyExtensions
{
    private const string ProxyKey = "ScriptProxy";

    /// <summary>
    /// Hosts a proxy that starts and stops with the application. <see cref="HostedProxy"/> says where it listens; records of its flows go to
    /// all registered <see cref="IFlowSink"/>s. Called again, it changes the same proxy further.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Changes the options, for example <c>options => options with { Listen = "127.0.0.1:8888" }</c>; null leaves them.</param>
    public static ScriptProxyBuilder AddScriptProxy(this IServiceCollection services, Func<ProxyOptions, ProxyOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.TryAddSingleton(provider => new HostedProxy(
            provider.GetServices<ProxySetting>(),
            provider.GetKeyedServices<AddonSource>(ProxyKey),
            provider.GetServices<IFlowSink>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService, HostedProxy>(provider => provider.GetRequiredService<HostedProxy>()));
        if (configure is not null) services.AddSingleton(new ProxySetting(configure));
        return new ScriptProxyBuilder(services, ProxyKey);
    }

    /// <summary>Hosts a proxy with options from a section of the configuration, such as "ScriptProxy": { "Listen": "127.0.0.1:8888", "BodyLimit": 1048576 }.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="section">Its keys are those of docs/options.md without hyphens, or with them; values are written as on the command line. A key or value that is wrong stops the start.</param>
    public static ScriptProxyBuilder AddScriptProxy(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddScriptProxy(options => ConfiguredOptions.Bind(options, section));
    }

    /// <summary>Runs addons in front of an HttpClient of the factory, without a proxy: see <see cref="AddonHandler"/>.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="addAddons">Adds its addons.</param>
    /// <param name="configure">Changes the limits; null leaves them. Addons, logs and sinks come from the services.</param>
    public static IHttpClientBuilder AddScriptProxyAddons(this IHttpClientBuilder builder, Action<ScriptProxyBuilder> addAddons, Func<AddonHandlerOptions, AddonHandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(addAddons);

        // Handlers come and go with the factory; the addons stay, and are the same for all of them.
        var key = $"{ProxyKey}:HttpClient:{builder.Name}";
        builder.Services.AddKeyedSingleton(key, (provider, _) =>
        {
            var options = new AddonHandlerOptions
            {
                Addons = [.. provider.GetKeyedServices<AddonSource>(key)],
                Sinks = [.. provider.GetServices<IFlowSink>()],
                LoggerFactory = provider.GetRequiredService<ILoggerFactory>(),
            };
            return new HandlerAddons(configure?.Invoke(options) ?? options);
        });
        addAddons(new ScriptProxyBuilder(builder.Services, key));
        return builder.AddHttpMessageHandler(provider => new AddonHandler(provider.GetRequiredKeyedService<HandlerAddons>(key), ownsAddons: false));
    }
}
