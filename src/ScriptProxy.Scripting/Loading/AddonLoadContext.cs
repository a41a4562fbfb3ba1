using System.Reflection;
using System.Runtime.Loader;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Where one version of one addon lives, and what leaves memory with it. Only the contract, and .NET itself, are the proxy's own.</summary>
internal abstract class AddonLoadContext(string name) : AssemblyLoadContext(name, isCollectible: true)
{
    private static readonly Assembly Contract = typeof(Addon).Assembly;
    private static readonly string ContractName = Contract.GetName().Name!;

    /// <summary>Loads the addon's own assembly.</summary>
    public abstract Assembly LoadAddon();

    /// <summary>Finds an assembly that is not the contract.</summary>
    /// <returns>Null for what .NET brings.</returns>
    protected abstract Assembly? LoadPrivate(AssemblyName name);

    // One contract for all, whatever version an addon names or ships: else its Addon would not be ours.
    protected sealed override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name is null ? null : assemblyName.Name == ContractName ? Contract : LoadPrivate(assemblyName);
}
