namespace ScriptProxy.Scripting;

/// <summary>The numbers of the mistakes that ScriptProxy itself finds in scripts.</summary>
internal static class ScriptErrors
{
    /// <summary>A function that looks like a hook but is none.</summary>
    public const string NotAHook = "SP1001";

    /// <summary>A hook with other parameters or another return type than the hook has.</summary>
    public const string WrongSignature = "SP1002";

    /// <summary>An async void hook.</summary>
    public const string AsyncVoid = "SP1003";

    /// <summary>A script without hooks.</summary>
    public const string NoHooks = "SP1004";

    /// <summary>Two functions for one hook.</summary>
    public const string DuplicateHook = "SP1005";

    /// <summary>An Addon class that cannot be made.</summary>
    public const string NoConstructor = "SP1006";

    /// <summary>A package that would have to be restored.</summary>
    public const string Package = "SP1007";

    /// <summary>A name that another loaded addon has.</summary>
    public const string NameTaken = "SP1008";

    /// <summary>A script that cannot be read.</summary>
    public const string Unreadable = "SP1009";

    /// <summary>A #: line that means nothing here.</summary>
    public const string UnknownDirective = "SP1010";

    /// <summary>The compiler itself failed.</summary>
    public const string CompilerFailed = "SP1011";

    /// <summary>A plugin that is incomplete, or no assembly.</summary>
    public const string PluginUnusable = "SP1012";

    /// <summary>A plugin built against another contract.</summary>
    public const string PluginContract = "SP1013";

    /// <summary>A single-file .cs with packages that dotnet build did not build.</summary>
    public const string BuildFailed = "SP1014";

    /// <summary>A property that cannot be an option.</summary>
    public const string WrongOption = "SP1020";

    /// <summary>Options that nothing holds.</summary>
    public const string UnusedOptions = "SP1021";

    public const string NoHooksInScript = "no hooks found. Declare, for example, 'void OnRequest(HttpFlow flow)', or a class that derives from Addon.";

    public const string NoHooksInFile = "no hooks found. Declare a class that derives from Addon and override, for example, OnRequestAsync(HttpFlow flow).";

    public static string PackageMessage(string package) =>
        $"'{package}': packages are restored for a single-file .cs that names them itself (#:package X@1.0.0), not for a .csx. Or put the package's DLL beside the script and name it (#r \"X.dll\").";

    public static string NoSdkMessage(string package) =>
        $"it names the package {package}, and there is no .NET SDK to restore and build it. Install the SDK, or build a plugin elsewhere and load its DLL.";
}
