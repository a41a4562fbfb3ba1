namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>
/// Loads the versions of one PAC script. One that does not return keeps its thread for as long as it runs: the same text is not loaded again, and beyond
/// a few such threads none is. One call at a time.
/// </summary>
/// <param name="name">Where the script is from, for messages.</param>
/// <param name="timeout">How long loading, and one question, may take.</param>
/// <param name="time">For weekdayRange and its like.</param>
/// <param name="alert">Gets what scripts say.</param>
internal sealed class PacInterpreters(string name, TimeSpan timeout, TimeProvider time, Action<string> alert)
{
    /// <summary>How many threads may run at once: the version that serves, its successor, and those that do not return.</summary>
    public const int MostThreads = 4;

    private (string Text, PacException Problem)? _givenUp;
    private int _threads;

    /// <summary>Loads a version.</summary>
    /// <exception cref="PacException">It cannot work, did not return when it was loaded before, or too many others have not.</exception>
    public async Task<PacScript> LoadAsync(string text)
    {
        if (_givenUp is { } known && known.Text == text) throw known.Problem;
        if (Volatile.Read(ref _threads) >= MostThreads)
            throw new PacException($"{MostThreads} versions of the script have not returned, and cannot be ended. Mend the script, and restart the proxy.");

        Interlocked.Increment(ref _threads);
        try
        {
            return await PacScript.LoadAsync(name, text, timeout, time, alert, () => Interlocked.Decrement(ref _threads));
        }
        catch (PacException problem) when (problem.DidNotReturn)
        {
            _givenUp = (text, problem);
            throw;
        }
    }
}
