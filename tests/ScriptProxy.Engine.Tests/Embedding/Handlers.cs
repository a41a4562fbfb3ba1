using System.Net;
using ScriptProxy.Engine.Embedding;

namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>What tests of <see cref="AddonHandler"/> are made of.</summary>
internal static class Handlers
{
    public static readonly Uri Url = new("https://origin.test/a%2Fb?c=d");

    public static HttpClient Client(NextHandler next, HookedAddon addon) => new(new AddonHandler(addon) { InnerHandler = next });

    public static NextHandler Answering(HttpStatusCode status, string text = "") => new(_ => new HttpResponseMessage(status) { Content = new StringContent(text) });

    public static Func<HttpFlow, ValueTask> Hook(Action<HttpFlow> hook) => flow =>
    {
        hook(flow);
        return default;
    };
}
