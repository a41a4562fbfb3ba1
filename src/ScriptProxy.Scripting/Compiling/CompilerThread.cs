namespace ScriptProxy.Scripting.Compiling;

/// <summary>Compiles away from the thread pool: a compilation takes up to seconds, and the pool's threads serve traffic.</summary>
internal static class CompilerThread
{
    // The compiler recurses with the nesting of the source, and running out of stack would end the proxy.
    private const int StackBytes = 64 * 1024 * 1024;

    /// <summary>Runs <paramref name="work"/> on a thread of its own, below normal priority where the system allows it.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "Script compiler", Priority = ThreadPriority.BelowNormal };
        thread.Start();
        return completion.Task;

        void Run()
        {
            try
            {
                completion.SetResult(work());
            }
            catch (Exception exception)
            {
                // Handed to the awaiting caller.
                completion.SetException(exception);
            }
        }
    }
}
