using System.Globalization;
using System.Text;
using ScriptProxy.Engine.Recording;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace ScriptProxy.Cli.Logging;

/// <summary>A log message as one line for people; an exception adds its message, and its stack only where details were asked for.</summary>
/// <param name="colours">Whether warnings and errors are coloured.</param>
/// <param name="withStacks">Whether exceptions show where they come from, on lines of their own.</param>
internal sealed class ConsoleLogFormatter(bool colours, bool withStacks) : ITextFormatter
{
    private readonly MessageTemplateTextFormatter _message = new("{Message:lj}", CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var message = new StringWriter(CultureInfo.InvariantCulture);
        _message.Format(logEvent, message);
        if (logEvent.Exception is { } exception) message.Write($": {exception.GetType().Name}: {exception.Message}");

        var (word, colour) = logEvent.Level switch
        {
            LogEventLevel.Verbose => ("trace: ", 2),
            LogEventLevel.Debug => ("debug: ", 2),
            LogEventLevel.Information => ("", 0),
            LogEventLevel.Warning => ("warning: ", 33),
            _ => ("error: ", 31),
        };
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{logEvent.Timestamp:HH:mm:ss} ");
        if (colours && colour != 0) line.Append(CultureInfo.InvariantCulture, $"\u001b[{colour}m");
        line.Append(word);
        Printable.Append(line, message.ToString());
        if (colours && colour != 0) line.Append("\u001b[0m");
        line.Append('\n');
        if (withStacks && logEvent.Exception?.StackTrace is { } stack)
        {
            foreach (var frame in stack.Split('\n')) Printable.Append(line.Append("    "), frame.Trim()).Append('\n');
        }

        output.Write(line);
    }
}
