using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace ScriptProxy.Cli.Logging;

/// <summary>Writes formatted messages to a text writer.</summary>
internal sealed class WriterSink(TextWriter writer, ITextFormatter formatter) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        var text = new StringWriter();
        formatter.Format(logEvent, text);
        try
        {
            // One write per message, so that lines of several threads do not mix.
            writer.Write(text.ToString());
            writer.Flush();
        }
        catch (IOException)
        {
            // The terminal is gone or the disk behind it is full: there is nowhere left to say so.
        }
    }
}
