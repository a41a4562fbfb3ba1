using ScriptProxy.Engine;
using ScriptProxy.Scripting;

namespace ScriptProxy.Testing.Tests;

public class AddonHostTests
{
    [Fact]
    public async Task Script_ChangesTheRequest()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Tag"] = "blue";""");
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal("blue", flow.Request.Headers["X-Tag"]);
        Assert.Equal(["OnRequest"], host.Hooks);
    }

    [Fact]
    public async Task ScriptFile_IsLoaded()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("scriptproxy-tests-").FullName, "tag.csx");
        await File.WriteAllTextAsync(path, """void OnRequest(HttpFlow flow) => flow.Tags.Add("seen");""");
        await using var host = await AddonHost.LoadAsync(path);
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal(["seen"], flow.Tags);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task OptionsOfTheScript_AreSet()
    {
        const string Script = """
            record Options { [Option("Tags.")] public string[] Tags { get; init; } = []; }
            Options options = new();
            void OnRequest(HttpFlow flow) { foreach (var tag in options.Tags) flow.Tags.Add(tag); }
            """;
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions { Script = Script, Set = ["script.tags=a", "script.tags=b"] });
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal(["a", "b"], flow.Tags);
    }

    [Fact]
    public async Task ScriptWithAMistake_DoesNotLoad()
    {
        var exception = await Assert.ThrowsAsync<ScriptLoadException>(() => AddonHost.LoadTextAsync("void OnRequest(HttpFlow flow) => nothing();"));

        Assert.Contains("script.csx(1,34): error CS0103", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralAddons_RunInOrder()
    {
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions
        {
            Addons = [new Appender("1"), new Appender("2")],
            Script = """void OnRequest(HttpFlow flow) => flow.Request.Headers["X-Order"] += "3";""",
        });
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RequestAsync(flow);

        Assert.Equal("123", flow.Request.Headers["X-Order"]);
    }

    [Fact]
    public async Task Response_ReachesOnResponse()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            async Task OnResponse(HttpFlow flow) => flow.Response!.SetText((await flow.Response.ReadTextAsync()).ToUpperInvariant());
            """);
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(200, "hello").Build();

        await host.ResponseAsync(flow);

        Assert.Equal("HELLO", await flow.Response!.ReadTextAsync());
        Assert.False(flow.Response.IsLocal);
    }

    [Fact]
    public async Task Run_GoesAllTheWay()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnRequest(HttpFlow flow) => flow.Request.SetText("from the addon");
            void OnResponse(HttpFlow flow) => flow.Response!.Headers["X-Seen"] = "yes";
            void OnCompleted(HttpFlow flow) => flow.Tags.Add($"{flow.Timings.ResponseBytes} bytes");
            """);
        var flow = FlowBuilder.Post("https://origin.test/").WithText("from the client")
            .WithResponse(request => ResponseBuilder.Of(201).WithText($"got {request.ContentLength}"))
            .Build();

        await host.RunAsync(flow);

        Assert.True(flow.ReachedOrigin);
        Assert.Equal("from the addon", flow.SentText);
        Assert.Equal("14", flow.Request.Headers["Content-Length"]);
        Assert.Equal("got 14", flow.ReceivedText);
        Assert.Equal("yes", flow.Response!.Headers["X-Seen"]);
        Assert.Equal(["6 bytes"], flow.Tags);
        Assert.Equal(201, flow.Record.StatusCode);
    }

    [Fact]
    public async Task AddonThatAnswers_SparesTheOrigin()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => flow.Respond(403, "no");""");
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(flow);

        Assert.False(flow.ReachedOrigin);
        Assert.True(flow.Response!.IsLocal);
        Assert.Equal("no", flow.ReceivedText);
    }

    [Fact]
    public async Task UntouchedBody_PassesAsItCame()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnResponse(HttpFlow flow) { }""");
        var builder = FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.Of(200).WithText("hello").WithContentEncoding("gzip"));
        var flow = builder.Build();

        await host.RunAsync(flow);

        Assert.Equal(0x1F, flow.ReceivedBody.Span[0]);
        Assert.Equal("gzip", flow.Response!.Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task TransformOfABody_IsApplied()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnResponse(HttpFlow flow) => flow.Response!.ReplaceText("secret", "***");""");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.Of(200).WithChunks("a sec", "ret text")).Build();

        await host.RunAsync(flow);

        Assert.Equal("a *** text", flow.ReceivedText);
        Assert.Null(flow.Error);
    }

    [Fact]
    public async Task HeadRequest_GetsNoBody()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnResponse(HttpFlow flow) { }""");
        var flow = FlowBuilder.Of("HEAD", "https://origin.test/").WithResponse(200, "hello").Build();

        await host.RunAsync(flow);

        Assert.Equal("5", flow.Response!.Headers["Content-Length"]);
        Assert.True(flow.ReceivedBody.IsEmpty);
    }

    [Fact]
    public async Task OriginThatFails_RunsOnError()
    {
        await using var host = await AddonHost.LoadTextAsync("""
            void OnError(HttpFlow flow) => flow.Respond(503, flow.Error!.Type);
            void OnResponse(HttpFlow flow) => flow.Tags.Add("wrong");
            """);
        var flow = FlowBuilder.Get("https://origin.test/").WithError(new FlowError("connection_refused", 502, "origin.test refused the connection.")).Build();

        await host.RunAsync(flow);

        Assert.Equal(503, flow.Response!.StatusCode);
        Assert.Equal("connection_refused", flow.ReceivedText);
        Assert.Empty(flow.Tags);
    }

    [Fact]
    public async Task BodyBrokenOff_IsAnErrorOfTheFlow()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnCompleted(HttpFlow flow) => flow.Tags.Add(flow.Error?.Type ?? "none");""");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.Of(200).WithText("hel").WithBreakAfterBody()).Build();

        await host.RunAsync(flow);

        Assert.Equal("http_response_incomplete", flow.Error!.Type);
        Assert.Equal(["http_response_incomplete"], flow.Tags);
    }

    [Fact]
    public async Task HookThatThrows_FailsTheFlowClosed()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => throw new FormatException("odd");""");
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(flow);

        Assert.False(flow.ReachedOrigin);
        Assert.Equal(502, flow.Response!.StatusCode);
        Assert.Contains("scriptproxy; error=proxy_internal_error", flow.Response.Headers["Proxy-Status"], StringComparison.Ordinal);
        Assert.Contains(host.LogLines, line => line.Contains("script.csx(1): FormatException: odd (in OnRequest)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HookThatThrows_ThrowsFromItsStep()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => throw new FormatException("odd");""");

        var exception = await Assert.ThrowsAsync<AddonFailedException>(() => host.RequestAsync(FlowBuilder.Get("https://origin.test/").Build()));

        Assert.Equal("script.csx(1): FormatException: odd (in OnRequest)", exception.Message);
        Assert.IsType<FormatException>(exception.InnerException);
    }

    [Fact]
    public async Task SecretQuotedByAFailingHook_IsMaskedInTheLog()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => throw new FormatException(flow.Request.Headers["Authorization"]);""");
        var flow = FlowBuilder.Get("https://origin.test/").WithHeader("Authorization", "Bearer planted").Build();

        await host.RunAsync(flow);

        Assert.Contains(host.LogLines, line => line.Contains("FormatException: Bearer ***", StringComparison.Ordinal));
        Assert.DoesNotContain(host.LogLines, line => line.Contains("planted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BodyThatWasRead_IsRecordedMasked()
    {
        await using var host = await AddonHost.LoadTextAsync("""async Task OnResponse(HttpFlow flow) { flow.RedactJson("$.pin"); await flow.Response!.ReadBytesAsync(); }""");
        var flow = FlowBuilder.Get("https://origin.test/").WithResponse(ResponseBuilder.OfJson(new { name = "Ada", pin = "planted" })).Build();

        await host.RunAsync(flow);

        var recorded = System.Text.Encoding.UTF8.GetString(flow.Record.ResponseBody!.Value.Span);
        Assert.Contains("Ada", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", recorded, StringComparison.Ordinal);
        Assert.Contains("planted", flow.ReceivedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContinuePolicy_GoesOnWithoutTheAddon()
    {
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions
        {
            Script = """void OnRequest(HttpFlow flow) => throw new FormatException("odd");""",
            OnAddonError = AddonErrorPolicy.Continue,
        });
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(flow);

        Assert.True(flow.ReachedOrigin);
        Assert.Equal(200, flow.Response!.StatusCode);
    }

    [Fact]
    public async Task HookBeyondItsTime_Fails()
    {
        await using var host = await AddonHost.LoadAsync(new AddonHostOptions
        {
            Script = "async Task OnRequest(HttpFlow flow) => await Task.Delay(Timeout.Infinite, flow.Aborted);",
            HookTimeout = TimeSpan.FromSeconds(2),
        });

        var exception = await Assert.ThrowsAsync<AddonFailedException>(() => host.RequestAsync(FlowBuilder.Get("https://origin.test/").Build()));

        Assert.Contains("not finished after 2 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abort_IsSeen()
    {
        await using var host = await AddonHost.LoadTextAsync("""void OnRequest(HttpFlow flow) => flow.Abort();""");
        var flow = FlowBuilder.Get("https://origin.test/").Build();

        await host.RunAsync(flow);

        Assert.True(flow.IsAborted);
        Assert.False(flow.ReachedOrigin);
        Assert.Null(flow.Response);
    }
}
