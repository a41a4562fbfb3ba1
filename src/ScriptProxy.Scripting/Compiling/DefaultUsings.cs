namespace ScriptProxy.Scripting.Compiling;

/// <summary>The namespaces that scripts need no using for.</summary>
internal static class DefaultUsings
{
    public static readonly string[] All =
    [
        "System", "System.Buffers", "System.IO", "System.IO.Pipelines", "System.Linq", "System.Text", "System.Text.Json", "System.Text.Json.Nodes", "System.Text.RegularExpressions",
        "System.Collections.Generic", "System.Threading", "System.Threading.Tasks", "System.Net.Http", "ScriptProxy",
    ];
}
