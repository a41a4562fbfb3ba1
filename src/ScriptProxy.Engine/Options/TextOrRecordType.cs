using System.Text;

namespace ScriptProxy.Engine;

/// <summary>A record that also reads itself from one text: in a file it may be written either way.</summary>
internal sealed class TextOrRecordType(ScalarType text, RecordType record) : OptionType
{
    public override string Expected => text.Expected;

    public override bool IsScalar => true;

    public override bool HoldsCommas => true;

    public override bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        var isRecord = given is GivenMap || (given is GivenText { Text: ['{', ..] } && given.Source != OptionSource.File);
        return isRecord ? record.TryRead(given, reading, out value) : text.TryRead(given, reading, out value);
    }

    public override string Describe(int levels) => $"{text.Describe(levels)} or {record.Describe(levels)}";

    protected override void AppendValue(StringBuilder yaml, object value, string valueName) => text.AppendTo(yaml, value, valueName);
}
