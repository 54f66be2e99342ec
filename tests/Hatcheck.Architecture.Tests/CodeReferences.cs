using System.Reflection;
using System.Reflection.Emit;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Lists the types that a type's code names: in signatures, base types, attributes and method bodies.
/// </summary>
internal static class CodeReferences
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IEnumerable<Type> Of(Type type)
    {
        var named = new List<Type?> { type.BaseType };
        named.AddRange(type.GetInterfaces());
        named.AddRange(type.GetCustomAttributesData().Select(a => a.AttributeType));
        foreach (var member in type.GetMembers(Everything))
        {
            named.AddRange(member.GetCustomAttributesData().Select(a => a.AttributeType));
            if (member is FieldInfo field)
                named.Add(field.FieldType);
            if (member is not MethodBase method)
                continue;
            named.AddRange(method.GetParameters().Select(p => p.ParameterType));
            named.Add((method as MethodInfo)?.ReturnType);
            named.AddRange(method.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? []);
            named.AddRange(InBody(method).SelectMany(Named));
        }

        return named.OfType<Type>().SelectMany(Parts).Distinct();
    }

    /// <summary>Every method, constructor, field and type that a type's method bodies use.</summary>
    public static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetMembers(Everything).OfType<MethodBase>().SelectMany(InBody);

    private static IEnumerable<Type?> Named(MemberInfo member) =>
        member switch
        {
            Type type => [type],
            MethodInfo method => [method.DeclaringType, method.ReturnType, .. method.GetGenericArguments()],
            _ => [member.DeclaringType],
        };

    /// <summary>A list of users names both the list and the users.</summary>
    private static IEnumerable<Type> Parts(Type type) =>
        type switch
        {
            { HasElementType: true } => Parts(type.GetElementType()!),
            { IsConstructedGenericType: true } =>
            [
                type.GetGenericTypeDefinition(),
                .. type.GetGenericArguments().SelectMany(Parts),
            ],
            _ => [type],
        };

    /// <summary>Every method and constructor that the type declares.</summary>
    public static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMembers(Everything).OfType<MethodBase>();

    /// <summary>Every text in a type's method bodies; constants are joined with their parts.</summary>
    public static IEnumerable<string> Texts(Type type) =>
        MethodsOf(type)
            .SelectMany(method =>
                Operands(method)
                    .Where(operand => operand.Code == OpCodes.Ldstr)
                    .Select(operand => method.Module.ResolveString(operand.Token))
            );

    /// <summary>Every member that a method's body uses.</summary>
    public static IEnumerable<MemberInfo> InBody(MethodBase method) => Touched(method).Select(touched => touched.Member);

    /// <summary>The same, with the instruction.</summary>
    public static IEnumerable<(OpCode Code, MemberInfo Member)> Touched(MethodBase method)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var (code, token) in Operands(method))
        {
            if (
                code.OperandType
                is not (OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            )
                continue;
            if (method.Module.ResolveMember(token, typeArguments, methodArguments) is { } member)
                yield return (code, member);
        }
    }

    /// <summary>Each instruction of a method that names a member or a text, with its token.</summary>
    private static IEnumerable<(OpCode Code, int Token)> Operands(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var at = 0;
        while (at < il.Length)
        {
            var code = il[at] == 0xFE ? opCodes[(short)(0xFE00 | il[at + 1])] : opCodes[il[at]];
            at += code.Size;
            if (
                code.OperandType
                is OperandType.InlineMethod
                    or OperandType.InlineField
                    or OperandType.InlineType
                    or OperandType.InlineTok
                    or OperandType.InlineString
            )
                yield return (code, BitConverter.ToInt32(il, at));
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
