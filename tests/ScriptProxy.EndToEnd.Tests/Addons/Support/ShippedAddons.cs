namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>The tests of shipped addons: one after the other, with one origin.</summary>
[CollectionDefinition(Name)]
public sealed class ShippedAddons : ICollectionFixture<AddonsFixture>
{
    public const string Name = "Shipped addons";
}
