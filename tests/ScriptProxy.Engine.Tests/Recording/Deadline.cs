namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>Waits for what another thread does.</summary>
internal static class Deadline
{
    public static async Task Until(Func<bool> condition)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "The condition did not come true within 30 s.");
            await Task.Delay(5);
        }
    }
}
