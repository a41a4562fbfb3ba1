using System.Diagnostics;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>Waits for what happens in the background.</summary>
internal static class Eventually
{
    /// <summary>Looks again and again until <paramref name="condition"/> holds, and fails after 20 seconds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string>? state = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20)) Assert.Fail("Not within 20 s. " + state?.Invoke());
            await Task.Delay(10);
        }
    }

    /// <summary>The same for a condition that takes its time.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20)) Assert.Fail("Not within 20 s.");
            await Task.Delay(10);
        }
    }

    /// <summary>Collects garbage again and again until <paramref name="condition"/> holds.</summary>
    public static Task HoldsAfterCollectionAsync(Func<bool> condition, Func<string>? state = null) => HoldsAsync(
        () =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return condition();
        },
        state);
}
