using System.Globalization;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>weekdayRange, dateRange and timeRange of PAC scripts. Ranges include both ends and may wrap around; a last argument "GMT" means UTC.</summary>
internal sealed class PacDates(TimeProvider time)
{
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    /// <summary>weekdayRange("MON", "FRI", "GMT"): the last two may be left out.</summary>
    public bool IsWeekday(IReadOnlyList<string> arguments)
    {
        var now = Now(ref arguments);
        if (arguments.Count is 0 or > 2) return false;
        var first = Array.IndexOf(Days, arguments[0]);
        var last = Array.IndexOf(Days, arguments[^1]);
        return first >= 0 && last >= 0 && IsWithin((int)now.DayOfWeek, first, last);
    }

    /// <summary>timeRange(9), timeRange(9, 17), timeRange(9, 30, 17, 0), timeRange(9, 30, 0, 17, 0, 0).</summary>
    public bool IsTime(IReadOnlyList<string> arguments)
    {
        var now = Now(ref arguments);
        if (!TryNumbers(arguments, out var numbers)) return false;
        var seconds = (int)now.TimeOfDay.TotalSeconds;
        return numbers.Length switch
        {
            1 => now.Hour == numbers[0],

            // 9 to 17 ends when it is 17:59:59: whole units are meant.
            2 => IsWithin(now.Hour, numbers[0], numbers[1]),
            4 => IsWithin(seconds / 60, numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]),
            6 => IsWithin(seconds, numbers[0] * 3600 + numbers[1] * 60 + numbers[2], numbers[3] * 3600 + numbers[4] * 60 + numbers[5]),
            _ => false,
        };
    }

    /// <summary>dateRange with a day, a month, a year, or a range of any combination of these in that order.</summary>
    public bool IsDate(IReadOnlyList<string> arguments)
    {
        var now = Now(ref arguments);
        if (arguments.Count is 0 or > 6) return false;
        if (arguments.Count == 1) return Compare(now, arguments, 0, 1) is { } only && only.Now == only.Given;
        if (arguments.Count % 2 != 0) return false;
        var half = arguments.Count / 2;
        return Compare(now, arguments, 0, half) is { } first && Compare(now, arguments, half, half) is { } last && IsWithin(first.Now, first.Given, last.Given);
    }

    private static bool IsWithin(int now, int first, int last) => first <= last ? now >= first && now <= last : now >= first || now <= last;

    private static bool TryNumbers(IReadOnlyList<string> arguments, out int[] numbers)
    {
        numbers = new int[arguments.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!TryNumber(arguments[i], out numbers[i])) return false;
        }

        return true;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>What is given and the same of now as numbers that compare: year, month and day as far as they are given.</summary>
    private static (int Now, int Given)? Compare(DateTimeOffset now, IReadOnlyList<string> arguments, int start, int count)
    {
        int currently = 0, given = 0;
        for (var i = start; i < start + count; i++)
        {
            var month = Array.IndexOf(Months, arguments[i]);
            if (month >= 0) (currently, given) = (currently + now.Month * 100, given + (month + 1) * 100);
            else if (!TryNumber(arguments[i], out var number)) return null;
            else if (number > 31) (currently, given) = (currently + now.Year * 10000, given + number * 10000);
            else (currently, given) = (currently + now.Day, given + number);
        }

        return (currently, given);
    }

    private DateTimeOffset Now(ref IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[^1] != "GMT") return time.GetLocalNow();
        arguments = [.. arguments.Take(arguments.Count - 1)];
        return time.GetUtcNow();
    }
}
