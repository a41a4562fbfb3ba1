using System.Reflection;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Scripting.Loading;

/// <summary>Guesses which hook a function was meant to be.</summary>
internal static class HookSuggestion
{
    private const int MostMistakes = 2;

    /// <summary>Every name that a script's function can have, with what it is given; null for OnUnload, which is given nothing.</summary>
    public static readonly IReadOnlyDictionary<string, Type?> Hooks = new Dictionary<string, Type?>(
        HookKind.All.Select(kind => KeyValuePair.Create(kind.Name, (Type?)kind.ArgumentType)))
    {
        ["OnLoad"] = typeof(AddonContext),
        ["OnUnload"] = null,
    };

    /// <summary>The hook that <paramref name="name"/> resembles, or that has the same argument; null when it is just a function.</summary>
    public static string? For(string name, MethodInfo method)
    {
        var argument = method.GetParameters() is [var only] ? only.ParameterType : null;
        var startsWithOn = name.StartsWith("On", StringComparison.OrdinalIgnoreCase);
        var (nearest, mistakes, sameArgument) = Hooks
            .Select(hook => (hook.Key, Mistakes: Distance(name.ToUpperInvariant(), hook.Key.ToUpperInvariant()), SameArgument: argument is not null && hook.Value == argument))
            .OrderByDescending(hook => hook.SameArgument && startsWithOn)
            .ThenBy(hook => hook.Mistakes)
            .ThenByDescending(hook => hook.SameArgument)
            .First();
        var meant = mistakes <= MostMistakes ? startsWithOn || sameArgument : startsWithOn && sameArgument;
        return meant ? nearest : null;
    }

    /// <summary>Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string first, string second)
    {
        var distances = new int[first.Length + 1, second.Length + 1];
        for (var i = 0; i <= first.Length; i++) distances[i, 0] = i;
        for (var j = 0; j <= second.Length; j++) distances[0, j] = j;
        for (var i = 1; i <= first.Length; i++)
        {
            for (var j = 1; j <= second.Length; j++)
            {
                var replaced = distances[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                distances[i, j] = Math.Min(Math.Min(distances[i - 1, j] + 1, distances[i, j - 1] + 1), replaced);
                var swapped = i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1];
                if (swapped) distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
            }
        }

        return distances[first.Length, second.Length];
    }
}
