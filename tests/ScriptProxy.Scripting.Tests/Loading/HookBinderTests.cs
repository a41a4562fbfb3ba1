using ScriptProxy.Engine.Addons;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Loading;

public sealed class HookBinderTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("void OnClientConnected(ClientConnection client) { }", "OnClientConnected")]
    [InlineData("Task OnClientDisconnected(ClientConnection client) => Task.CompletedTask;", "OnClientDisconnected")]
    [InlineData("ValueTask OnConnect(ConnectFlow connect) => default;", "OnConnect")]
    [InlineData("async Task OnTlsClientHello(TlsClientHello hello) => await Task.Yield();", "OnTlsClientHello")]
    [InlineData("async ValueTask OnRequestAsync(HttpFlow flow) => await Task.Yield();", "OnRequest")]
    [InlineData("static void OnResponse(HttpFlow flow) { }", "OnResponse")]
    [InlineData("public void OnError(HttpFlow flow) { }", "OnError")]
    [InlineData("private Task OnCompletedAsync(HttpFlow flow) => Task.CompletedTask;", "OnCompleted")]
    [InlineData("void OnTlsFailed(TlsFailure failure) { }", "OnTlsFailed")]
    [InlineData("void OnUpstreamConnecting(UpstreamConnect connect) { }", "OnUpstreamConnecting")]
    [InlineData("Task OnUpstreamConnected(UpstreamConnect connect) => Task.CompletedTask;", "OnUpstreamConnected")]
    [InlineData("void OnUpstreamFailedAsync(UpstreamConnect connect) { }", "OnUpstreamFailed")]
    [InlineData("void OnWebSocketStart(WebSocketConnection webSocket) { }", "OnWebSocketStart")]
    [InlineData("Task OnWebSocketMessage(WebSocketMessage message) => Task.CompletedTask;", "OnWebSocketMessage")]
    [InlineData("void OnWebSocketEnd(WebSocketConnection webSocket) { }", "OnWebSocketEnd")]
    [InlineData("void OnTunnelStart(TunnelFlow tunnel) { }", "OnTunnelStart")]
    [InlineData("ValueTask OnTcpData(TcpData data) => default;", "OnTcpData")]
    [InlineData("void OnTunnelEnd(TunnelFlow tunnel) { }", "OnTunnelEnd")]
    public async Task FunctionNamedLikeAHook_IsBound(string function, string hook)
    {
        var (addon, warnings) = await Scripts.LoadAsync(_folder.Write("mask.csx", function));
        using var disposal = addon;

        Assert.Equal([hook], addon.HookNames);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task AttributesOfAFunction_CountForItsHook()
    {
        var (addon, _) = await Scripts.LoadAsync(_folder.Write("mask.csx", """
            [OnFailure(OnFailure.Continue)] [Serial] void OnRequest(HttpFlow flow) { }
            [Priority(3), HookTimeout(0.5)] Task OnResponse(HttpFlow flow) => Task.CompletedTask;
            """));
        using var disposal = addon;

        Assert.Equal(new HookTraits { OnFailure = OnFailure.Continue, IsSerial = true }, addon.Find(HookKind.Request)!.Traits);
        Assert.Equal(new HookTraits { Priority = 3, Timeout = TimeSpan.FromSeconds(0.5) }, addon.Find(HookKind.Response)!.Traits);
    }

    [Theory]
    [InlineData("void OnLoad() { }")]
    [InlineData("Task OnLoad() => Task.CompletedTask;")]
    [InlineData("ValueTask OnLoad() => default;")]
    [InlineData("void OnLoad(AddonContext context) { }")]
    [InlineData("Task OnLoadAsync(AddonContext context) => Task.CompletedTask;")]
    [InlineData("ValueTask OnLoad(AddonContext context) => default;")]
    [InlineData("void OnUnload() { }")]
    [InlineData("Task OnUnloadAsync() => Task.CompletedTask;")]
    [InlineData("ValueTask OnUnload() => default;")]
    public async Task LoadAndUnload_AreBoundInAnyShape(string function)
    {
        var (addon, warnings) = await Scripts.LoadAsync(_folder.Write("mask.csx", function));
        using var disposal = addon;

        Assert.True(addon.HasHooks);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("void OnReqest(HttpFlow flow) { }", "OnReqest", "OnRequest")]
    [InlineData("void onRequest(HttpFlow flow) { }", "onRequest", "OnRequest")]
    [InlineData("void Request(HttpFlow flow) { }", "Request", "OnRequest")]
    [InlineData("void OnRespnoseAsync(HttpFlow flow) { }", "OnRespnoseAsync", "OnResponse")]
    [InlineData("void OnDone(HttpFlow flow) { }", "OnDone", "OnRequest' or 'OnResponse' or 'OnError' or 'OnCompleted")]
    [InlineData("void OnTls(TlsClientHello hello) { }", "OnTls", "OnTlsClientHello")]
    [InlineData("void OnLaod(AddonContext context) { }", "OnLaod", "OnLoad")]
    [InlineData("void OnUnlod() { }", "OnUnlod", "OnUnload")]
    [InlineData("void OnConect(ConnectFlow connect) { }", "OnConect", "OnConnect")]
    public async Task MisspeltHook_IsNamedWithSuggestion(string function, string written, string meant)
    {
        var path = _folder.Write("mask.csx", "void OnResponse(HttpFlow flow) { }\n" + function);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;

        var column = function.IndexOf('}', StringComparison.Ordinal) + 1; // the first code of an empty body is its end
        Assert.Equal([$"{ScriptMessage.Shown(path)}(2,{column}): warning SP1001: '{written}' is not a hook and will never be called; did you mean '{meant}'?"], warnings);
    }

    [Fact]
    public async Task MisspeltHookAlone_IsRefusedWithSuggestion()
    {
        var path = _folder.Write("mask.csx", "void OnReqest(HttpFlow flow) { }");

        Assert.Equal(
            [$"{ScriptMessage.Shown(path)}(1,32): error SP1001: 'OnReqest' is not a hook and will never be called; did you mean 'OnRequest'?"],
            await Scripts.RefusalAsync(path));
    }

    [Theory]
    [InlineData("void Load(string path) { }")]
    [InlineData("string Request(string url) => url;")]
    [InlineData("void Mask(HttpFlow flow) { }")]
    [InlineData("void OnTimer(object state) { }")]
    public async Task OrdinaryFunction_IsLeftAlone(string function)
    {
        var (addon, warnings) = await Scripts.LoadAsync(_folder.Write("mask.csx", "void OnResponse(HttpFlow flow) { }\n" + function));
        using var disposal = addon;

        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("void OnRequest(string url) { }", "void OnRequest(string)", "void|Task|ValueTask OnRequest(HttpFlow flow)")]
    [InlineData("void OnRequest() { }", "void OnRequest()", "void|Task|ValueTask OnRequest(HttpFlow flow)")]
    [InlineData("void OnRequest(ref HttpFlow flow) { }", "void OnRequest(ref HttpFlow)", "void|Task|ValueTask OnRequest(HttpFlow flow)")]
    [InlineData("void OnRequest<T>(T flow) { }", "void OnRequest<T>(T)", "void|Task|ValueTask OnRequest(HttpFlow flow)")]
    [InlineData("bool OnRequest(HttpFlow flow) { return true; }", "bool OnRequest(HttpFlow)", "void|Task|ValueTask OnRequest(HttpFlow flow)")]
    [InlineData("async Task<int> OnResponse(HttpFlow flow) { return 1; }", "Task<int> OnResponse(HttpFlow)", "void|Task|ValueTask OnResponse(HttpFlow flow)")]
    [InlineData("void OnConnect(HttpFlow flow) { }", "void OnConnect(HttpFlow)", "void|Task|ValueTask OnConnect(ConnectFlow connect)")]
    [InlineData("void OnLoad(string text) { }", "void OnLoad(string)", "void|Task|ValueTask OnLoad([AddonContext context])")]
    [InlineData("void OnUnload(AddonContext context) { }", "void OnUnload(AddonContext)", "void|Task|ValueTask OnUnload()")]
    public async Task WrongSignature_IsNamedWithTheRightOne(string function, string written, string expected)
    {
        var path = _folder.Write("mask.csx", function);

        var error = Assert.Single(await Scripts.RefusalAsync(path));

        Assert.StartsWith($"{ScriptMessage.Shown(path)}(1,", error, StringComparison.Ordinal);
        Assert.EndsWith($": error SP1002: '{written}' does not fit the hook. Expected: {expected}.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AsyncVoid_IsRefused()
    {
        var path = _folder.Write("mask.csx", "async void OnRequest(HttpFlow flow)\n{\n    await Task.Yield();\n}");

        Assert.Equal(
            [$"{ScriptMessage.Shown(path)}(3,5): error SP1003: 'OnRequest' is 'async void': its exceptions would end the proxy. Return Task or ValueTask."],
            await Scripts.RefusalAsync(path));
    }

    [Theory]
    [InlineData("mask.csx", "var x = 1;", "Declare, for example, 'void OnRequest(HttpFlow flow)', or a class that derives from Addon.")]
    [InlineData("mask.csx", "class Mask : Addon { }", "Declare, for example, 'void OnRequest(HttpFlow flow)', or a class that derives from Addon.")]
    [InlineData("mask.cs", "class Mask { }", "Declare a class that derives from Addon and override, for example, OnRequestAsync(HttpFlow flow).")]
    public async Task NoHooks_IsRefusedWithRemedy(string name, string script, string remedy)
    {
        var path = _folder.Write(name, script);

        Assert.Equal([$"{ScriptMessage.Shown(path)}: error SP1004: no hooks found. {remedy}"], await Scripts.RefusalAsync(path));
    }

    [Theory]
    [InlineData("void OnRequest(HttpFlow flow) { }\nTask OnRequestAsync(HttpFlow flow) => Task.CompletedTask;", "OnRequestAsync")]
    [InlineData("void OnRequest(HttpFlow flow) { }\nvoid OnRequest(string text) { }", "OnRequest")]
    public async Task SecondFunctionForOneHook_IsRefused(string script, string second)
    {
        var path = _folder.Write("mask.csx", script);

        var error = Assert.Single(await Scripts.RefusalAsync(path));

        Assert.StartsWith($"{ScriptMessage.Shown(path)}(2,", error, StringComparison.Ordinal);
        Assert.EndsWith($": error SP1005: '{second}' is a second function for the hook OnRequest. Join them into one.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralMistakes_AreAllNamed()
    {
        var path = _folder.Write("mask.csx", "void OnRequest() { }\nasync void OnResponse(HttpFlow flow) { }");

        Assert.Equal(["SP1002", "SP1003"], (await Scripts.RefusalAsync(path)).Select(error => error.Split(' ')[2].TrimEnd(':')));
    }

    [Fact]
    public async Task MethodThatOverridesNothing_IsNamedWithTheOverride()
    {
        var path = _folder.Write("mask.csx", """
            class Mask : Addon
            {
                public override ValueTask OnResponseAsync(HttpFlow flow) => default;
                public void OnRequest(HttpFlow flow) { }
            }
            """);
        var (addon, warnings) = await Scripts.LoadAsync(path);
        using var disposal = addon;

        Assert.Equal(
            [$"{ScriptMessage.Shown(path)}(4,44): warning SP1001: 'OnRequest' is not a hook and will never be called; in a class, override 'OnRequestAsync'."],
            warnings);
        Assert.Equal(["OnResponse"], addon.HookNames);
    }

    [Fact]
    public async Task ClassWithoutUsableConstructor_IsRefusedWithRemedy()
    {
        var path = _folder.Write("mask.csx", "class Mask(int level) : Addon { int Level => level; public override ValueTask OnRequestAsync(HttpFlow flow) => default; }");

        Assert.Equal(
            [$"{ScriptMessage.Shown(path)}: error SP1006: 'Mask' needs a constructor without parameters, or the script ends with 'return new Mask(…);'."],
            await Scripts.RefusalAsync(path));
    }
}
