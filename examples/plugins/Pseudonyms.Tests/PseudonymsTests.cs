using ScriptProxy.Testing;

namespace PseudonymsPlugin.Tests;

public sealed class PseudonymsTests
{
    private static readonly PseudonymsOptions Options = new() { Key = "a key for tests" };

    [Fact]
    public async Task Addresses_BecomePseudonyms()
    {
        await using var host = await AddonHost.LoadAsync(new Pseudonyms { Options = Options });
        var flow = FlowBuilder.Get("https://api.test/users").WithResponse(ResponseBuilder.OfJson(new[] { "ada@lovelace.test", "Ada@Lovelace.test", "alan@turing.test" })).Build();

        await host.RunAsync(flow);

        var received = System.Text.Json.JsonSerializer.Deserialize<string[]>(flow.ReceivedText)!;
        Assert.All(received, email => Assert.Matches("^user-[0-9a-f]{12}@example.invalid$", email));
        Assert.Equal(received[0], received[1]);
        Assert.NotEqual(received[0], received[2]);
        Assert.Contains("pseudonymised", flow.Tags);
    }

    [Fact]
    public async Task OtherKey_GivesOtherPseudonyms()
    {
        var received = new List<string>();
        foreach (var key in new[] { "the first key", "the second key" })
        {
            await using var host = await AddonHost.LoadAsync(new Pseudonyms { Options = new PseudonymsOptions { Key = key } });
            var flow = FlowBuilder.Get("https://api.test/").WithResponse(200, "ada@lovelace.test").Build();
            await host.RunAsync(flow);
            received.Add(flow.ReceivedText);
        }

        Assert.NotEqual(received[0], received[1]);
    }

    [Theory]
    [InlineData("image/png", "ada@lovelace.test")]
    [InlineData("text/plain", "nobody here")]
    public async Task OtherBodies_PassAsTheyAre(string contentType, string body)
    {
        await using var host = await AddonHost.LoadAsync(new Pseudonyms { Options = Options });
        var flow = FlowBuilder.Get("https://api.test/").WithResponse(200, body, contentType).Build();

        await host.RunAsync(flow);

        Assert.Equal(body, flow.ReceivedText);
        Assert.Empty(flow.Tags);
    }

    [Fact]
    public async Task OtherHosts_AreLeftAlone()
    {
        await using var host = await AddonHost.LoadAsync(new Pseudonyms { Options = Options with { Hosts = ["api.test"] } });
        var flow = FlowBuilder.Get("https://other.test/").WithResponse(200, "ada@lovelace.test").Build();

        await host.RunAsync(flow);

        Assert.Equal("ada@lovelace.test", flow.ReceivedText);
    }

    [Fact]
    public async Task Log_SaysHowManyAndNotWhose()
    {
        await using var host = await AddonHost.LoadAsync(new Pseudonyms { Options = Options });

        await host.RunAsync(FlowBuilder.Get("https://api.test/").WithResponse(200, "ada@lovelace.test").Build());

        Assert.Contains("Information: pseudonyms: 1 addresses of api.test", host.LogLines);
        Assert.DoesNotContain(host.LogLines, line => line.Contains("lovelace", StringComparison.Ordinal));
    }
}
