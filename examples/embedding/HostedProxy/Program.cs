// An application that hosts the proxy: options from appsettings.json, an addon from the container, a script that can be edited.
//
//     dotnet run --project examples/embedding/HostedProxy
//     curl --proxy http://127.0.0.1:8080 http://example.com/ -v
using HostedProxyExample;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Scripting;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddSingleton<RequestCount>();
builder.Services.AddScriptProxy(builder.Configuration.GetSection("ScriptProxy"))
    .AddAddon<CountRequests>()
    .AddScripts(Path.Combine(AppContext.BaseDirectory, "mask.csx"));
await builder.Build().RunAsync();
