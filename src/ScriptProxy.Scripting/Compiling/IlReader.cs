using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace ScriptProxy.Scripting.Compiling;

/// <summary>Finds which methods a method body calls.</summary>
internal static class IlReader
{
    private const byte TwoBytePrefix = 0xFE;

    private static readonly OperandType?[] OneByte = Operands(codes => codes.Where(code => code.Size == 1));
    private static readonly OperandType?[] TwoByte = Operands(codes => codes.Where(code => code.Size == 2));

    /// <summary>The tokens behind call, callvirt, newobj, ldftn and the like, in order.</summary>
    public static IEnumerable<EntityHandle> Calls(byte[] body)
    {
        var position = 0;
        while (position < body.Length)
        {
            var operand = body[position] == TwoBytePrefix ? TwoByte[body[++position]] : OneByte[body[position]];
            position++;
            if (operand is null) yield break; // not IL as known: better none than wrong ones

            if (operand is OperandType.InlineMethod or OperandType.InlineTok)
                yield return MetadataTokens.EntityHandle(BitConverter.ToInt32(body, position));
            position += operand == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(body, position)) : SizeOf(operand.Value);
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static OperandType?[] Operands(Func<IEnumerable<OpCode>, IEnumerable<OpCode>> select)
    {
        var operands = new OperandType?[256];
        var codes = typeof(OpCodes).GetFields().Where(field => field.FieldType == typeof(OpCode)).Select(field => (OpCode)field.GetValue(null)!);
        foreach (var code in select(codes)) operands[(byte)code.Value] = code.OperandType;
        return operands;
    }
}
