using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScriptProxy.Engine.Embedding;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Embedding;

public sealed class HostedProxyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scriptproxy-tests-").FullName;

    [Fact]
    public async Task AddonOfTheContainer_SeesRequests()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["X-Greeting"]!));
        using var host = await StartAsync(services =>
        {
            services.AddSingleton(new Greeting("hello"));
            services.AddScriptProxy(ForTests).AddAddon<Greeter>();
        });
        using var client = Client(host);

        Assert.Equal("hello", await client.GetStringAsync($"http://{origin.HttpEndPoint}/"));
    }

    [Fact]
    public async Task Addons_RunInTheOrderTheyWereAdded()
    {
        var order = new ConcurrentQueue<string>();
        using var host = await StartAsync(services =>
        {
            services.AddSingleton(order);
            services.AddScriptProxy(ForTests)
                .AddAddon(new HookedAddon { Request = flow => { order.Enqueue("first"); return default; } })
                .AddAddon<Second>();
        });
        using var client = Client(host);

        await client.GetAsync("http://nowhere.test/");

        Assert.Equal(["first", "second"], order);
    }

    [Fact]
    public async Task RegisteredAddon_IsTheOneThatRuns()
    {
        using var host = await StartAsync(services =>
        {
            services.AddSingleton<ConcurrentQueue<string>>();
            services.AddSingleton<Second>();
            services.AddScriptProxy(ForTests).AddAddon<Second>();
        });
        using var client = Client(host);

        await client.GetAsync("http://nowhere.test/");

        Assert.Equal(1, host.Services.GetRequiredService<Second>().Requests);
    }

    [Fact]
    public async Task Sinks_GetRecords()
    {
        var sink = new QueueSink();
        using var host = await StartAsync(services =>
        {
            services.AddSingleton<IFlowSink>(sink);
            services.AddScriptProxy(ForTests).AddAddon<AnswerAll>();
        });
        using var client = Client(host);

        await client.GetAsync("http://nowhere.test/?token=planted");
        await host.StopAsync();

        var record = Assert.Single(sink.Records);
        Assert.Equal(200, record.StatusCode);
        Assert.DoesNotContain("planted", record.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_SetsOptions()
    {
        using var host = await StartAsync(
            services => services.AddScriptProxy(ForTests).Services.AddScriptProxy(Section(services)).AddAddon(new HookedAddon { Request = _ => throw new FormatException("odd") }).AddAddon<AnswerAll>(),
            ("Proxy:OnAddonError", "continue"),
            ("Proxy:hook-timeout", "5"),
            ("Proxy:InsecureUpstream:0", "a.test"),
            ("Proxy:InsecureUpstream:1", "*.b.test"));
        using var client = Client(host);

        using var response = await client.GetAsync("http://nowhere.test/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("Proxy:Listne", "127.0.0.1:0", "Proxy:Listne: no such option; did you mean 'listen'?")]
    [InlineData("Proxy:BodyLimit", "much", "Proxy:BodyLimit \"much\": expected")]
    [InlineData("Proxy:Listen", "nowhere", "--listen")]
    public async Task WrongConfiguration_StopsTheStart(string key, string value, string problem)
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => StartAsync(services => services.AddScriptProxy(ForTests).Services.AddScriptProxy(Section(services)), (key, value)));

        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddonThatDoesNotLoad_StopsTheStart()
    {
        var exception = await Assert.ThrowsAsync<ProxyStartException>(() => StartAsync(services =>
            services.AddScriptProxy(ForTests).AddAddon(new HookedAddon { Load = () => throw new InvalidOperationException("no") })));

        Assert.Contains("InvalidOperationException: no (in OnLoad)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoppedApplication_UnloadsAddonsAndListensNoMore()
    {
        var addon = new HookedAddon();
        var host = await StartAsync(services => services.AddScriptProxy(ForTests).AddAddon(addon));
        using var client = Client(host);

        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.True(addon.IsUnloaded);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://nowhere.test/"));
    }

    [Fact]
    public async Task BeforeTheStart_ThereIsNoEndPoint()
    {
        var services = new ServiceCollection();
        services.AddScriptProxy();
        await using var provider = services.BuildServiceProvider();

        Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<HostedProxy>().EndPoint);
    }

    [Fact]
    public async Task HttpClientOfTheFactory_GoesThroughItsAddons()
    {
        var addon = new HookedAddon { Request = flow => { flow.Request.Headers["X-Tag"] = "blue"; return default; } };
        var next = new NextHandler(_ => new HttpResponseMessage());
        var services = new ServiceCollection();
        services.AddHttpClient("api").AddScriptProxyAddons(addons => addons.AddAddon(addon)).ConfigurePrimaryHttpMessageHandler(() => next);
        services.AddHttpClient("other").ConfigurePrimaryHttpMessageHandler(() => next);
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();

        await factory.CreateClient("api").GetAsync("https://origin.test/");
        await factory.CreateClient("other").GetAsync("https://origin.test/");

        Assert.Equal([true, false], next.Requests.Select(request => request.Headers.Contains("X-Tag")));
    }

    [Fact]
    public async Task AddonsOfAClient_LoadOnceAndUnloadWithTheContainer()
    {
        var loads = 0;
        var addon = new HookedAddon { Load = () => { Interlocked.Increment(ref loads); return default; } };
        var services = new ServiceCollection();
        services.AddHttpClient("api").AddScriptProxyAddons(addons => addons.AddAddon(addon)).ConfigurePrimaryHttpMessageHandler(() => new NextHandler(_ => new HttpResponseMessage()));
        await using (var provider = services.BuildServiceProvider())
        {
            var handlers = provider.GetRequiredService<IHttpMessageHandlerFactory>();
            using var first = new HttpClient(handlers.CreateHandler("api"), disposeHandler: false);
            using var second = new HttpClient(handlers.CreateHandler("api"), disposeHandler: false);

            await first.GetAsync("https://origin.test/");
            await second.GetAsync("https://origin.test/");

            Assert.Equal((1, 2), (loads, addon.Completed));
        }

        Assert.True(addon.IsUnloaded);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IConfigurationSection Section(IServiceCollection services) =>
        ((IConfiguration)services.Last(service => service.ServiceType == typeof(IConfiguration)).ImplementationInstance!).GetSection("Proxy");

    private static HttpClient Client(IHost host) =>
        new(new SocketsHttpHandler { Proxy = new WebProxy($"http://{host.Services.GetRequiredService<HostedProxy>().EndPoint}") });

    private static async Task<IHost> StartAsync(Action<IServiceCollection> configure, params (string Key, string Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Services.AddSingleton<IConfiguration>(builder.Configuration);
        configure(builder.Services);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    private ProxyOptions ForTests(ProxyOptions options) => options with { Listen = "127.0.0.1:0", CaDir = _folder, ShutdownTimeout = TimeSpan.FromSeconds(2) };

    private sealed record Greeting(string Text);

    private sealed class Greeter(Greeting greeting) : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            flow.Request.Headers["X-Greeting"] = greeting.Text;
            return default;
        }
    }

    private sealed class Second(ConcurrentQueue<string> order) : Addon
    {
        public int Requests { get; private set; }

        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            Requests++;
            order.Enqueue("second");
            flow.Respond(200);
            return default;
        }
    }

    private sealed class AnswerAll : Addon
    {
        public override ValueTask OnRequestAsync(HttpFlow flow)
        {
            flow.Respond(200);
            return default;
        }
    }

    private sealed class QueueSink : IFlowSink
    {
        public ConcurrentQueue<FlowRecord> Records { get; } = new();

        public bool WantsHeaders => false;

        public void Record(FlowRecord record) => Records.Enqueue(record);
    }
}
