using System.Diagnostics;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>One output of a process, line by line as it comes. Thread-safe.</summary>
internal sealed class ProcessOutput
{
    private readonly List<string> _lines = [];

    /// <summary>What came so far.</summary>
    public string[] Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <summary>What came so far, in one piece.</summary>
    public string Text => string.Join('\n', Lines);

    public void Add(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_lines) _lines.Add(line.Data);
    }
}
