// Addons in front of an HttpClient: no proxy, no certificate, no socket of ours.
//
//     dotnet run --project examples/embedding/HttpClientAddons -- https://example.com/
using HttpClientAddonsExample;
using Microsoft.Extensions.DependencyInjection;
using ScriptProxy.Engine.Embedding;

// With the factory: the addons of a client named "api".
var services = new ServiceCollection();
services.AddHttpClient("api").AddScriptProxyAddons(addons => addons.AddAddon<HideNames>());
await using (var provider = services.BuildServiceProvider())
{
    using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("api");
    Console.WriteLine(await client.GetStringAsync(new Uri(args[0])));
}

// Without: a handler around any other.
await using var handler = new AddonHandler(new HideNames()) { InnerHandler = new SocketsHttpHandler() };
using var plain = new HttpClient(handler, disposeHandler: false);
Console.WriteLine(await plain.GetStringAsync(new Uri(args[0])));
