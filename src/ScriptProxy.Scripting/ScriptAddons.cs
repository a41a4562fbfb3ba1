using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Embedding;

namespace ScriptProxy.Scripting;

/// <summary>Scripts as the addons of a hosted proxy or an HttpClient. A script that does not load stops the start; one that is saved goes live.</summary>
/// <param name="options">Which scripts, and how.</param>
public sealed class ScriptAddons(ScriptOptions options) : AddonSource
{
    internal override async Task<IAsyncDisposable?> LoadAsync(Generations generations, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var host = new ScriptHost(generations, options, loggerFactory);
        try
        {
            await host.LoadAsync(cancellationToken);
            host.StartWatching();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }
}
