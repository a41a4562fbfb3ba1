namespace ScriptProxy.Engine.Tests.Addons;

/// <summary>Stands in for the threads that poll sockets: not one of the thread pool.</summary>
internal static class OwnThread
{
    /// <summary>Runs <paramref name="action"/> on a new thread and hands back what it made of it.</summary>
    public static T Run<T>(Func<T> action)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result;
    }
}
