using System.Globalization;

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

    /// <summary>The values of a type that options may have.</summary>
    /// <exception cref="NotSupportedException">Options cannot have that type: the record that declares one is wrong.</exception>
    public static OptionValues Of(Type type)
    {
        if (type == typeof(string)) return new TextValues();
        if (type == typeof(int)) return new NumberValues(int.MaxValue, number => (int)number);
        if (type == typeof(long)) return new NumberValues(long.MaxValue, number => number);
        if (type == typeof(TimeSpan)) return new DurationValues();
        if (type.IsEnum) return new WordValues(type);
        throw new NotSupportedException($"An option cannot be a {type}: use string, string[], bool, int, long, TimeSpan or an enum.");
    }

    /// <summary>Reads a value.</summary>
    public abstract bool TryParse(string text, out object? value);

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

    private sealed class NumberValues(long largest, Func<long, object> convert) : OptionValues
    {
        public override string Name => "NUMBER";

        public override string Expected => $"a whole number such as 200, 64k or 1m, at most {largest}";

        public override bool TryParse(string text, out object? value)
        {
            value = null;
            var digits = text.Length - text.AsSpan().TrimStart("0123456789").Length;
            if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;

            var shift = text[digits..].ToLowerInvariant() switch
            {
                "" => 0,
                "k" or "kb" or "kib" => 10,
                "m" or "mb" or "mib" => 20,
                "g" or "gb" or "gib" => 30,
                _ => -1,
            };
            if (shift < 0 || number > largest >> shift) return false;
            value = convert(number << shift);
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
