using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ScriptProxy.Engine;

/// <summary>How the values of one type are written on a command line, in a variable, in a file.</summary>
internal abstract class OptionValues
{
    /// <summary>true and false, with the words people use for them.</summary>
    public static readonly OptionValues Switch = new SwitchValues();

    /// <summary>What stands for a value in help when the option names nothing better.</summary>
    public abstract string Name { get; }

    /// <summary>What a value must be, to follow "expected".</summary>
    public abstract string Expected { get; }

    /// <summary>The values of a type that is written as one word.</summary>
    /// <param name="type">Any type.</param>
    /// <param name="signed">Whether whole numbers may be negative.</param>
    /// <param name="values">How they are written.</param>
    public static bool TryFind(Type type, bool signed, [NotNullWhen(true)] out OptionValues? values)
    {
        values = type switch
        {
            _ when type == typeof(string) => new TextValues(),
            _ when type == typeof(bool) => Switch,
            _ when type == typeof(int) => new NumberValues(signed ? int.MinValue : 0, int.MaxValue, number => (int)number),
            _ when type == typeof(long) => new NumberValues(signed ? long.MinValue : 0, long.MaxValue, number => number),
            _ when type == typeof(double) => new DecimalValues(),
            _ when type == typeof(TimeSpan) => new DurationValues(),
            _ when type == typeof(Uri) => new UrlValues(),
            _ when type == typeof(Regex) => new PatternValues(),
            { IsEnum: true } => new WordValues(type),
            _ => ParsedValues.Find(type),
        };
        return values is not null;
    }

    /// <summary>Whether one value may hold commas, so that they do not part several.</summary>
    public virtual bool HoldsCommas => false;

    /// <summary>Reads a value.</summary>
    public abstract bool TryParse(string text, out object? value);

    /// <summary>Reads a value that may name files.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="folder">What relative paths in it start from.</param>
    /// <param name="value">The value.</param>
    /// <param name="problem">What is wrong with it where that is more than "expected …"; a sentence. Null otherwise.</param>
    public virtual bool TryParse(string text, string folder, out object? value, out string? problem)
    {
        problem = null;
        return TryParse(text, out value);
    }

    /// <summary>Writes a value as a user would.</summary>
    public abstract string Format(object value, string valueName);

    private sealed class TextValues : OptionValues
    {
        public override string Name => "TEXT";

        public override string Expected => "text";

        public override bool TryParse(string text, out object? value)
        {
            value = text;
            return true;
        }

        public override string Format(object value, string valueName) => (string)value;
    }

    private sealed class SwitchValues : OptionValues
    {
        public override string Name => "";

        public override string Expected => "true or false";

        public override bool TryParse(string text, out object? value)
        {
            value = text.ToLowerInvariant() switch
            {
                "true" or "yes" or "on" or "1" => true,
                "false" or "no" or "off" or "0" => false,
                _ => null,
            };
            return value is not null;
        }

        public override string Format(object value, string valueName) => (bool)value ? "true" : "false";
    }

    private sealed class NumberValues(long smallest, long largest, Func<long, object> convert) : OptionValues
    {
        public override string Name => "NUMBER";

        public override string Expected => $"a whole number such as 200, 64k or 1m, {(smallest < 0 ? $"{smallest} to" : "at most")} {largest}";

        public override bool TryParse(string text, out object? value)
        {
            value = null;
            var negative = smallest < 0 && text.StartsWith('-');
            var unsigned = negative ? text.AsSpan(1) : text;
            var digits = unsigned.Length - unsigned.TrimStart("0123456789").Length;
            if (!long.TryParse(unsigned[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;

            var shift = unsigned[digits..].ToString().ToLowerInvariant() switch
            {
                "" => 0,
                "k" or "kb" or "kib" => 10,
                "m" or "mb" or "mib" => 20,
                "g" or "gb" or "gib" => 30,
                _ => -1,
            };
            if (shift < 0 || number > largest >> shift) return false;
            value = convert(negative ? -(number << shift) : number << shift);
            return true;
        }

        public override string Format(object value, string valueName)
        {
            var number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
            if (valueName != "BYTES" || number == 0) return number.ToString(CultureInfo.InvariantCulture);
            foreach (var (shift, suffix) in ((int, string)[])[(30, "g"), (20, "m"), (10, "k")])
            {
                if (number % (1L << shift) == 0) return (number >> shift).ToString(CultureInfo.InvariantCulture) + suffix;
            }

            return number.ToString(CultureInfo.InvariantCulture);
        }
    }

    private sealed class DecimalValues : OptionValues
    {
        public override string Name => "NUMBER";

        public override string Expected => "a number such as 2 or 0.5";

        public override bool TryParse(string text, out object? value)
        {
            var parsed = double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number);
            value = parsed && double.IsFinite(number) ? number : null;
            return value is not null;
        }

        public override string Format(object value, string valueName) => ((double)value).ToString(CultureInfo.InvariantCulture);
    }

    private sealed class UrlValues : OptionValues
    {
        public override string Name => "URL";

        public override string Expected => "a URL with a scheme, such as https://example.com/";

        public override bool TryParse(string text, out object? value)
        {
            // On Unix "/path" is an absolute file: URL to Uri.
            value = text.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : null;
            return value is not null;
        }

        public override string Format(object value, string valueName) => ((Uri)value).OriginalString;
    }

    private sealed class PatternValues : OptionValues
    {
        // What a pattern is held against came over the network.
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

        public override string Name => "REGEX";

        public override string Expected => "a regular expression of .NET";

        public override bool TryParse(string text, out object? value)
        {
            try
            {
                value = new Regex(text, RegexOptions.CultureInvariant, Limit);
            }
            catch (ArgumentException)
            {
                value = null;
            }

            return value is not null;
        }

        public override string Format(object value, string valueName) => ((Regex)value).ToString();
    }

    private sealed class DurationValues : OptionValues
    {
        // What timers take; nobody waits longer.
        private const decimal LongestMilliseconds = int.MaxValue;

        public override string Name => "SECONDS";

        public override string Expected => "seconds or a duration such as 30, 0.5, 500ms, 2m or 1h, at most 24 days";

        public override bool TryParse(string text, out object? value)
        {
            value = null;
            var number = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
            var milliseconds = text[number.Length..].ToLowerInvariant() switch
            {
                "ms" => 1,
                "" or "s" => 1000,
                "m" or "min" => 60_000,
                "h" => 3_600_000,
                _ => 0,
            };
            if (milliseconds == 0 || number.Length > 20) return false;
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)) return false;
            if (amount * milliseconds > LongestMilliseconds) return false;
            value = TimeSpan.FromTicks((long)(amount * milliseconds * TimeSpan.TicksPerMillisecond));
            return true;
        }

        public override string Format(object value, string valueName) =>
            ((decimal)((TimeSpan)value).Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);
    }

    private sealed class WordValues(Type type) : OptionValues
    {
        private readonly Dictionary<string, object> _values =
            Enum.GetValues(type).Cast<object>().ToDictionary(value => OptionDescriptor.Kebab(value.ToString()!), StringComparer.OrdinalIgnoreCase);

        public override string Name => string.Join('|', _values.Keys);

        public override string Expected =>
            _values.Count == 1 ? _values.Keys.Single() : string.Join(", ", _values.Keys.SkipLast(1)) + " or " + _values.Keys.Last();

        public override bool TryParse(string text, out object? value) => _values.TryGetValue(text, out value);

        public override string Format(object value, string valueName) => OptionDescriptor.Kebab(value.ToString()!);
    }
}
