using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Compiling;

public sealed class BlockingCallsTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Thread.Sleep(1);", "Thread.Sleep")]
    [InlineData("Task.Delay(1).Wait();", "Task.Wait")]
    [InlineData("flow.Request.ReadTextAsync().AsTask().Result.ToString();", "Task.Result")]
    [InlineData("flow.Request.ReadTextAsync().GetAwaiter().GetResult();", "ValueTaskAwaiter.GetResult")]
    [InlineData("new ManualResetEvent(false).WaitOne();", "WaitHandle.WaitOne")]
    [InlineData("new SemaphoreSlim(1).Wait();", "SemaphoreSlim.Wait")]
    [InlineData("new HttpClient().Send(null!);", "HttpClient.Send")]
    [InlineData("Console.ReadLine();", "Console.ReadLine")]
    [InlineData("File.ReadAllText(\"x\");", "File.ReadAllText")]
    [InlineData("Stream.Null.CopyTo(Stream.Null);", "Stream.CopyTo")]
    [InlineData("Action later = () => Thread.Sleep(1); later();", "Thread.Sleep")]
    public void BlockingCallInHook_IsFound(string statement, string expected) =>
        Assert.Equal(expected, Scripts.Compiled(_folder.Write("mask.csx", $"void OnRequest(HttpFlow flow) {{ {statement} }}")).BlockingCall);

    [Theory]
    [InlineData("async Task OnRequest(HttpFlow flow) { await Task.Delay(1); await flow.Request.ReadTextAsync(); }")]
    [InlineData("var text = File.ReadAllText(\"x\"); Thread.Sleep(1); void OnRequest(HttpFlow flow) { }")]
    [InlineData("void OnLoad() => File.ReadAllText(\"x\"); void OnRequest(HttpFlow flow) { }")]
    [InlineData("async Task OnLoad() { await Task.Delay(1); File.ReadAllText(\"x\"); } void OnRequest(HttpFlow flow) { }")]
    [InlineData("string text; void OnUnload() => File.WriteAllText(\"x\", text); void OnRequest(HttpFlow flow) { }")]
    [InlineData("void OnRequest(HttpFlow flow) { switch (flow.Id) { case \"a\": case \"b\": case \"c\": case \"d\": case \"e\": case \"f\": case \"g\": flow.Abort(); break; } }")]
    public void CodeThatHoldsNoFlow_IsNotFound(string script) =>
        Assert.Null(Scripts.Compiled(_folder.Write("mask.csx", script)).BlockingCall);

    [Fact]
    public async Task BlockingScript_NeverRunsInline()
    {
        var (addon, _) = await Scripts.LoadAsync(_folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { Thread.Sleep(1); }"));
        using var disposal = addon;

        Assert.True(addon.MayBlock);
        Assert.True(addon.Find(ScriptProxy.Engine.Addons.HookKind.Request)!.Pace.Blocks);
    }
}
