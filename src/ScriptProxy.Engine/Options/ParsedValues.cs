using System.Reflection;
using System.Runtime.ExceptionServices;

namespace ScriptProxy.Engine;

/// <summary>
/// Values of a type that reads itself: FlowFilter, types of .NET such as IPAddress, and those of addons. It has a public static method
/// Parse that takes the text, and perhaps the folder that relative paths start from; ToString gives the text back.
/// </summary>
internal sealed class ParsedValues : OptionValues
{
    private const string MethodName = "Parse";

    private readonly Type _type;
    private readonly MethodInfo _parse;

    private ParsedValues(Type type, MethodInfo parse)
    {
        _type = type;
        _parse = parse;
    }

    public override string Name => OptionDescriptor.Kebab(_type == typeof(FlowFilter) ? "Filter" : _type.Name).ToUpperInvariant();

    public override string Expected => _type == typeof(FlowFilter) ? "a filter expression, such as ~d example.com" : $"a {_type.Name}";

    public override bool HoldsCommas => true;

    /// <summary>How a type reads itself; null when it does not.</summary>
    public static ParsedValues? Find(Type type)
    {
        if (type.IsGenericTypeDefinition || type.IsPrimitive) return null;
        var parse = Method(type, [typeof(string), typeof(string)]) ?? Method(type, [typeof(string)]);
        return parse is null ? null : new ParsedValues(type, parse);
    }

    public override bool TryParse(string text, out object? value) => TryParse(text, Environment.CurrentDirectory, out value, out _);

    public override bool TryParse(string text, string folder, out object? value, out string? problem)
    {
        (value, problem) = (null, null);
        try
        {
            value = _parse.Invoke(null, _parse.GetParameters().Length == 1 ? [text] : [text, folder]);
            return value is not null;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is FormatException or ArgumentException or OverflowException or IOException)
        {
            problem = _type.Assembly == typeof(object).Assembly || _type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true ? null : exception.InnerException.Message;
            return false;
        }
        catch (TargetInvocationException exception)
        {
            // Not about the value: a mistake in Parse itself, which names its place.
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
    }

    public override string Format(object value, string valueName) => value.ToString() ?? "";

    private static MethodInfo? Method(Type type, Type[] parameters) =>
        type.GetMethod(MethodName, BindingFlags.Public | BindingFlags.Static, parameters) is { } method && method.ReturnType == type ? method : null;
}
