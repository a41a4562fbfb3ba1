namespace ScriptProxy.Engine.Flows;

/// <summary>Which message of a flow a body belongs to.</summary>
internal enum BodyOwner
{
    /// <summary>The request: its body is read and changed in OnRequest.</summary>
    Request,

    /// <summary>The response: its body is read and changed in OnResponse.</summary>
    Response,
}
