using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Jurassic;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>
/// One text of a PAC script, loaded and ready to be asked. It runs on a thread of its own, one question after the other, since the interpreter serves
/// one thread and dnsResolve blocks. The interpreter has no way to end a script that does not return in time: it is asked nothing more until it does. Thread-safe.
/// </summary>
internal sealed class PacScript : IDisposable
{
    private const int DeepestRecursion = 200;

    private readonly BlockingCollection<Question> _questions = [];
    private readonly TimeSpan _timeout;
    private readonly Action<string> _alert;
    private readonly TimeProvider _time;
    private volatile Question? _running;

    private PacScript(TimeSpan timeout, TimeProvider time, Action<string> alert)
    {
        _timeout = timeout;
        _time = time;
        _alert = alert;
    }

    /// <summary>Loads a script.</summary>
    /// <param name="name">Where it is from, for messages.</param>
    /// <param name="text">JavaScript that declares FindProxyForURL.</param>
    /// <param name="timeout">How long one question may take.</param>
    /// <param name="time">For weekdayRange and its like.</param>
    /// <param name="alert">Gets what the script says.</param>
    /// <param name="ended">Called when its thread has ended, on that thread.</param>
    /// <exception cref="PacException">It is not JavaScript, fails at once, does not return, or has no FindProxyForURL.</exception>
    public static async Task<PacScript> LoadAsync(string name, string text, TimeSpan timeout, TimeProvider time, Action<string> alert, Action ended)
    {
        var script = new PacScript(timeout, time, alert);
        var loaded = new Question("", "");
        var thread = new Thread(() => script.RunToEnd(name, text, loaded, ended)) { IsBackground = true, Name = "PAC", Priority = ThreadPriority.BelowNormal };
        thread.Start();
        try
        {
            await script.AnswerAsync(loaded);
            return script;
        }
        catch
        {
            script.Dispose();
            throw;
        }
    }

    /// <summary>Asks FindProxyForURL.</summary>
    /// <returns>What it says, such as "PROXY a:1; DIRECT".</returns>
    /// <exception cref="PacException">It threw, or took too long.</exception>
    public Task<string> FindProxyAsync(string url, string host)
    {
        if (_running is { IsGivenUp: true }) throw Stuck();
        var question = new Question(url, host);
        try
        {
            _questions.Add(question);
        }
        catch (InvalidOperationException)
        {
            throw new PacException("the script was replaced while it was asked.");
        }

        return AnswerAsync(question);
    }

    /// <summary>Ends the thread once it is through with what it does.</summary>
    public void Dispose() => _questions.CompleteAdding();

    private async Task<string> AnswerAsync(Question question)
    {
        try
        {
            return await question.Answer.Task.WaitAsync(_timeout);
        }
        catch (TimeoutException)
        {
            question.IsGivenUp = true;
            throw Stuck();
        }
    }

    private PacException Stuck() => new($"the script did not return within {_timeout.TotalSeconds:0.##} s. It is not asked again until it returns or changes.") { DidNotReturn = true };

    private void RunToEnd(string name, string text, Question loaded, Action ended)
    {
        try
        {
            Run(name, text, loaded);
        }
        finally
        {
            ended();
        }
    }

    private void Run(string name, string text, Question loaded)
    {
        ScriptEngine engine;
        try
        {
            engine = new ScriptEngine { RecursionDepthLimit = DeepestRecursion };
            new PacFunctions(new PacDates(_time), Resolve, _alert).AddTo(engine);
            engine.Execute(new StringScriptSource(text, name));
            if (engine.GetGlobalValue("FindProxyForURL") is not Jurassic.Library.FunctionInstance) throw new PacException("it declares no function FindProxyForURL(url, host).");
            loaded.Answer.SetResult("");
        }
#pragma warning disable CA1031 // The script is foreign code and the interpreter a foreign library: whatever they throw belongs to who waits.
        catch (Exception exception)
        {
            loaded.Answer.TrySetException(exception as PacException ?? Explain(exception));
            return;
        }

        foreach (var question in _questions.GetConsumingEnumerable())
        {
            // Nobody waits for what came behind one that took long.
            if (question.IsGivenUp) continue;
            try
            {
                _running = question;
                question.Answer.TrySetResult(TypeConverter.ToString(engine.CallGlobalFunction("FindProxyForURL", question.Url, question.Host)));
            }
            catch (Exception exception)
            {
                question.Answer.TrySetException(Explain(exception));
            }
            finally
            {
                _running = null;
            }
        }
#pragma warning restore CA1031
    }

    private static PacException Explain(Exception exception) => exception is JavaScriptException script
        ? new PacException($"line {script.LineNumber}: {Printable.Escape(script.Message)}", exception)
        : new PacException($"the script failed: {Printable.Escape(exception.Message)}", exception);

    private static IPAddress[] Resolve(string host)
    {
        try
        {
            return IPAddress.TryParse(host, out var literal) ? [literal] : Dns.GetHostAddresses(host);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // To the script, a name that cannot be resolved is one without addresses.
            return [];
        }
    }

    private sealed record Question(string Url, string Host)
    {
        /// <summary>Whether it took too long, and nobody waits for its answer any more.</summary>
        public volatile bool IsGivenUp;

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
