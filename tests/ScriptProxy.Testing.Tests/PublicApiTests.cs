using ScriptProxy.PublicApi;

namespace ScriptProxy.Testing.Tests;

public class PublicApiTests
{
    [Fact]
    public void Surface_IsTheReviewedOne() => PublicSurface.Compare(typeof(AddonHost).Assembly);
}
