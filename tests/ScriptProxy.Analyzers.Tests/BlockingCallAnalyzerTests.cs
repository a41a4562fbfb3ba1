namespace ScriptProxy.Analyzers.Tests;

public class BlockingCallAnalyzerTests
{
    [Theory]
    [InlineData("Thread.Sleep(1);", "Thread.Sleep")]
    [InlineData("Task.Delay(1).Wait();", "Task.Wait")]
    [InlineData("_ = Task.FromResult(1).Result;", "Task.Result")]
    [InlineData("Task.CompletedTask.GetAwaiter().GetResult();", "TaskAwaiter.GetResult")]
    [InlineData("File.ReadAllText(\"x\");", "File.ReadAllText")]
    [InlineData("_ = new FileStream(\"x\", FileMode.Open);", "new FileStream")]
    [InlineData("new System.Net.Sockets.NetworkStream(null!).Read(new byte[1], 0, 1);", "Stream.Read")]
    [InlineData("Task.CompletedTask.ContinueWith(_ => Thread.Sleep(1));", "Thread.Sleep")]
    public async Task CallInAHook_IsReported(string statement, string call)
    {
        var found = await Analysis.OfAddonAsync($$"""public override ValueTask OnRequestAsync(HttpFlow flow) { {{statement}} return default; }""");

        Assert.Equal([$"SP2001: {call} holds its thread, and OnRequestAsync runs for traffic: await the asynchronous form"], found);
    }

    [Fact]
    public async Task CallBehindMethodsOfTheClass_IsReportedOnce() => Assert.Single(await Analysis.OfAddonAsync("""
        public override ValueTask OnRequestAsync(HttpFlow flow) { First(); return default; }
        public override ValueTask OnResponseAsync(HttpFlow flow) { First(); return default; }
        void First() => Second();
        static void Second() => Thread.Sleep(1);
        """));

    [Theory]
    [InlineData("await Task.Delay(1);")]
    [InlineData("new MemoryStream().Write(new byte[1], 0, 1);")]
    [InlineData("await File.ReadAllTextAsync(\"x\");")]
    public async Task CallThatHoldsNoThread_IsNotReported(string statement) =>
        Assert.Empty(await Analysis.OfAddonAsync($$"""public override async ValueTask OnRequestAsync(HttpFlow flow) { {{statement}} await Task.Yield(); }"""));

    [Fact]
    public async Task CallBesideTraffic_IsNotReported() => Assert.Empty(await Analysis.OfAddonAsync("""
        readonly string _list = File.ReadAllText("x");
        public Sample() => Thread.Sleep(1);
        public override ValueTask OnLoadAsync(AddonContext context) { Read(); return default; }
        public override ValueTask OnUnloadAsync() { Thread.Sleep(1); return default; }
        public override ValueTask OnRequestAsync(HttpFlow flow) { flow.Tags.Add(_list); return default; }
        void Read() => File.ReadAllText("x");
        """));

    [Fact]
    public async Task CallInAnotherClass_IsNotReported() =>
        Assert.Empty(await Analysis.OfFileAsync("public sealed class Other { public void OnRequestAsync() => Thread.Sleep(1); }"));

    [Fact]
    public async Task HookOfADerivedAddon_IsReported() => Assert.Single(await Analysis.OfFileAsync("""
        public abstract class Common : Addon { public override ValueTask OnRequestAsync(HttpFlow flow) => default; }
        public sealed class Sample : Common { public override ValueTask OnRequestAsync(HttpFlow flow) { Thread.Sleep(1); return default; } }
        """));
}
