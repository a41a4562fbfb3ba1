namespace ScriptProxy.Analyzers;

/// <summary>Members of .NET that hold their thread. The analyzers look for them in source code, the script compiler in what it has compiled.</summary>
internal static class BlockingMembers
{
    private const string Any = "*";

    // Type -> methods; "*" for all of them.
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["System.Threading.Thread"] = ["Sleep", "Join", "SpinWait"],
        ["System.Threading.SpinWait"] = ["SpinUntil"],
        ["System.Threading.WaitHandle"] = ["WaitOne", "WaitAll", "WaitAny", "SignalAndWait"],
        ["System.Threading.ManualResetEventSlim"] = ["Wait"],
        ["System.Threading.SemaphoreSlim"] = ["Wait"],
        ["System.Threading.CountdownEvent"] = ["Wait"],
        ["System.Threading.Barrier"] = ["SignalAndWait"],
        ["System.Threading.Monitor"] = ["Wait"],
        ["System.Threading.Tasks.Task"] = ["Wait", "WaitAll", "WaitAny", "RunSynchronously"],
        ["System.Threading.Tasks.Task`1"] = ["get_Result"],
        ["System.Threading.Tasks.ValueTask`1"] = ["get_Result"],
        ["System.Threading.Tasks.Parallel"] = ["For", "ForEach", "Invoke"],
        ["System.Runtime.CompilerServices.TaskAwaiter"] = ["GetResult"],
        ["System.Runtime.CompilerServices.TaskAwaiter`1"] = ["GetResult"],
        ["System.Runtime.CompilerServices.ValueTaskAwaiter"] = ["GetResult"],
        ["System.Runtime.CompilerServices.ValueTaskAwaiter`1"] = ["GetResult"],
        ["System.Collections.Concurrent.BlockingCollection`1"] = ["Add", "Take", "GetConsumingEnumerable"],
        ["System.Diagnostics.Process"] = ["WaitForExit", "WaitForInputIdle"],
        ["System.Net.Http.HttpClient"] = ["Send"],
        ["System.Net.Http.HttpMessageInvoker"] = ["Send"],
        ["System.Net.WebRequest"] = ["GetResponse", "GetRequestStream"],
        ["System.Net.WebClient"] = [Any],
        ["System.Net.Dns"] = ["GetHostEntry", "GetHostAddresses"],
        ["System.Net.Sockets.Socket"] = ["Connect", "Accept", "Send", "Receive", "SendTo", "ReceiveFrom"],
        ["System.Net.Sockets.TcpClient"] = ["Connect"],
        ["System.Net.Sockets.UdpClient"] = ["Send", "Receive"],
        ["System.Net.NetworkInformation.Ping"] = ["Send"],
        ["System.Net.Mail.SmtpClient"] = ["Send"],
        ["System.Data.Common.DbConnection"] = ["Open"],
        ["System.Data.Common.DbCommand"] = ["ExecuteReader", "ExecuteNonQuery", "ExecuteScalar"],
        ["System.Console"] = ["Read", "ReadLine", "ReadKey"],
        ["System.IO.File"] =
        [
            "AppendAllBytes", "AppendAllLines", "AppendAllText", "AppendText", "Copy", "Create", "CreateText", "Open", "OpenRead", "OpenText", "OpenWrite",
            "ReadAllBytes", "ReadAllLines", "ReadAllText", "ReadLines", "Replace", "WriteAllBytes", "WriteAllLines", "WriteAllText",
        ],
        ["System.IO.FileStream"] = [".ctor"],
        ["System.IO.Stream"] = ["Read", "ReadByte", "ReadExactly", "ReadAtLeast", "Write", "CopyTo"],
        ["System.IO.Directory"] = ["EnumerateFiles", "EnumerateDirectories", "EnumerateFileSystemEntries", "GetFiles", "GetDirectories", "Delete"],
    };

    /// <param name="type">The type's full name in metadata, such as System.Threading.Tasks.Task`1.</param>
    /// <param name="method">The method's name in metadata, such as get_Result or .ctor.</param>
    public static bool Contains(string type, string method) =>
        Known.TryGetValue(type, out var methods) && (methods[0] == Any || Array.IndexOf(methods, method) >= 0);
}
