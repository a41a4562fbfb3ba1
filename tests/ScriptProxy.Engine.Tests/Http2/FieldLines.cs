using System.Text;
using ScriptProxy.Engine.Http2.Hpack;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Collects decoded fields as they are, wrong ones too.</summary>
internal sealed class FieldLines : IFieldReceiver
{
    public List<string> Lines { get; } = [];

    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Lines.Add($"{Encoding.Latin1.GetString(name)}: {Encoding.Latin1.GetString(value)}");
}
