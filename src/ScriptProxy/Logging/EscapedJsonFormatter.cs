using System.Globalization;
using System.Text;
using ScriptProxy.Engine.Recording;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace ScriptProxy.Cli.Logging;

/// <summary>JSON lines that are safe to print: what could act on a terminal is a \u escape, so that `tail -f` is as safe as a parser.</summary>
internal sealed class EscapedJsonFormatter : ITextFormatter
{
    private readonly JsonFormatter _json = new(closingDelimiter: "", renderMessage: true, CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var json = new StringWriter(CultureInfo.InvariantCulture);
        _json.Format(logEvent, json);
        output.Write(Printable.Append(new StringBuilder(), json.ToString()).Append('\n'));
    }
}
