using System.Globalization;
using System.Text;

namespace ScriptProxy.Engine;

/// <summary>A value that is one word: text, a number, a duration, one of several words.</summary>
internal sealed class ScalarType(OptionValues values) : OptionType
{
    /// <summary>How the word is read.</summary>
    public OptionValues Values => values;

    public override string Expected => values.Expected;

    public override bool IsScalar => true;

    public override bool HoldsCommas => values.HoldsCommas;

    public override bool TryRead(GivenValue given, OptionReading reading, out object? value)
    {
        value = null;
        string? problem = null;
        if (given is not GivenText { Text: { } text } || !values.TryParse(text, FolderOf(given, reading), out value, out problem))
        {
            if (problem is null || reading.IsSecret) reading.Expected(given, values.Expected);
            else reading.Wrong(given, problem);
            return false;
        }

        if (value is string path && reading is { HoldsPath: true, BaseDirectory: { } folder } && given.Source == OptionSource.File) value = Resolve(path, folder);
        if (IsInRange(value!, reading)) return true;
        reading.Expected(given, Range(reading));
        return false;
    }

    public override string Describe(int levels) => values.Name.Length > 0 ? values.Name : "true|false";

    protected override void AppendValue(StringBuilder yaml, object value, string valueName) => yaml.Append(YamlText.Of(values.Format(value, valueName)));

    private static string FolderOf(GivenValue given, OptionReading reading) =>
        given.Source == OptionSource.File && reading.BaseDirectory is { } folder ? folder : Environment.CurrentDirectory;

    private static string Resolve(string path, string folder) =>
        path.Length == 0 || path[0] == '~' || folder == Environment.CurrentDirectory ? path : Path.Combine(folder, path);

    private static bool IsInRange(object value, OptionReading reading)
    {
        var number = value switch
        {
            int or long or double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            TimeSpan duration => duration.TotalSeconds,
            _ => double.NaN,
        };
        return double.IsNaN(number) || (number >= reading.Min && number <= reading.Max);
    }

    private static string Range(OptionReading reading)
    {
        var (least, most) = (reading.Min.ToString(CultureInfo.InvariantCulture), reading.Max.ToString(CultureInfo.InvariantCulture));
        if (double.IsInfinity(reading.Max)) return $"{least} or more";
        return double.IsInfinity(reading.Min) ? $"{most} or less" : $"{least} to {most}";
    }
}
