using System.Reflection;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine;

/// <summary>Asks a record what is wrong with the combination of its values: its public method Validate() that returns lines.</summary>
internal static class OptionsValidation
{
    private const string MethodName = "Validate";

    /// <summary>What the record's Validate says; empty when it has none. One that throws is a problem as well.</summary>
    public static IEnumerable<string> Problems(object record)
    {
        if (record.GetType().GetMethod(MethodName, BindingFlags.Public | BindingFlags.Instance, []) is not { } method) return [];
        if (!typeof(IEnumerable<string>).IsAssignableFrom(method.ReturnType)) return [];
        try
        {
            return [.. (IEnumerable<string>?)method.Invoke(record, null) ?? []];
        }
        catch (Exception exception)
        {
            // Code of an addon throws anything, here or while its iterator is read.
            var cause = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
            return [$"{MethodName} failed: {AddonException.Describe(cause)}"];
        }
    }
}
