using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace ScriptProxy.Analyzers;

/// <summary>The types of ScriptProxy that the analyzers know by sight.</summary>
internal sealed class AddonTypes
{
    private AddonTypes(INamedTypeSymbol addon, Compilation compilation)
    {
        Addon = addon;
        Message = compilation.GetTypeByMetadataName("ScriptProxy.HttpMessage");
        Request = compilation.GetTypeByMetadataName("ScriptProxy.HttpRequest");
        Headers = compilation.GetTypeByMetadataName("ScriptProxy.HeaderList");
        Context = compilation.GetTypeByMetadataName("ScriptProxy.AddonContext");
    }

    public INamedTypeSymbol Addon { get; }

    public INamedTypeSymbol? Message { get; }

    public INamedTypeSymbol? Request { get; }

    public INamedTypeSymbol? Headers { get; }

    public INamedTypeSymbol? Context { get; }

    /// <summary>Null where ScriptProxy.Abstractions is not referenced: there are no addons to look at.</summary>
    public static AddonTypes? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName("ScriptProxy.Addon") is { } addon ? new AddonTypes(addon, compilation) : null;

    /// <summary>Whether the type, or one that it is nested in, derives from Addon.</summary>
    public bool IsOfAddon(ITypeSymbol? type)
    {
        for (; type is not null; type = type.ContainingType)
        {
            if (Derives(type, Addon)) return true;
        }

        return false;
    }

    /// <summary>Whether a method overrides a hook that runs for traffic.</summary>
    public bool IsHook(IMethodSymbol method)
    {
        if (method.Name is "OnLoadAsync" or "OnUnloadAsync") return false;
        for (var overridden = method.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
        {
            if (Derives(overridden.ContainingType, Addon) && overridden.Name.StartsWith("On", StringComparison.Ordinal)) return true;
        }

        return false;
    }

    /// <summary>The text that is the only argument, where it is constant; null otherwise.</summary>
    public static string? OnlyText(ImmutableArray<IArgumentOperation> arguments) =>
        arguments.Length == 1 && arguments[0].Value.ConstantValue is { HasValue: true, Value: string text } ? text : null;

    public static bool Derives(ITypeSymbol? type, INamedTypeSymbol? from)
    {
        for (; type is not null && from is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type.OriginalDefinition, from)) return true;
        }

        return false;
    }
}
