using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Embedding;

/// <summary>Where addons come from, for a program that hosts them: objects of its own, or scripts.</summary>
public abstract class AddonSource
{
    internal AddonSource()
    {
    }

    /// <summary>Loads what there is and makes it live, behind what is live already.</summary>
    /// <returns>What ends the looking after it, to be disposed before the generations; null when there is nothing to look after.</returns>
    internal abstract Task<IAsyncDisposable?> LoadAsync(Generations generations, ILoggerFactory loggerFactory, CancellationToken cancellationToken);
}
