using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Addons that the program has made itself.</summary>
/// <param name="addons">In the order in which their hooks run.</param>
public sealed class AddonObjects(params IReadOnlyList<Addon> addons) : AddonSource
{
    internal override async Task<IAsyncDisposable?> LoadAsync(Generations generations, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        LoadedAddon[] loaded = [.. addons.Select(LoadedAddon.FromInstance)];
        try
        {
            await generations.SwapAsync(live => [.. live, .. loaded]);
            return null;
        }
        catch (AddonException exception)
        {
            throw new ProxyStartException(exception.Message, exception.InnerException ?? exception);
        }
    }
}
