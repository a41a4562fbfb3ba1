using ScriptProxy.PublicApi;

namespace ScriptProxy.Abstractions.Tests;

public class PublicApiTests
{
    [Fact]
    public void Surface_IsTheReviewedOne() => PublicSurface.Compare(typeof(Addon).Assembly);
}
