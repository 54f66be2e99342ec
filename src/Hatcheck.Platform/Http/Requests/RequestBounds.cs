using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Contracts;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Checks a request against its contract's attributes, which the OpenAPI document shows too. Members have their JSON names.
/// </summary>
internal sealed class RequestBounds
{
    private static readonly ConcurrentDictionary<Type, RequestBounds> Known = new();

    private readonly IReadOnlyList<Member> members;

    private RequestBounds(JsonTypeInfo type) =>
        members = [
            .. type.Properties.Select(property => new Member(
                property.Name,
                property.Get!,
                [.. AttributesOf(property).OfType<ValidationAttribute>()],
                AttributesOf(property).OfType<FactsAttribute>().SingleOrDefault()
            )),
        ];

    /// <summary>Returns the bounds of a contract type.</summary>
    public static RequestBounds Of(Type type) =>
        Known.GetOrAdd(type, static one => new RequestBounds(HatcheckJson.Default.GetTypeInfo(one)!));

    /// <summary>Adds every fault that the attributes find.</summary>
    public void Check(object request, RequestFaults faults)
    {
        foreach (var member in members)
            member.Check(request, faults);
    }

    /// <summary>Returns the sentence about one member, for a check that goes beyond its attributes.</summary>
    /// <param name="request">A contract type.</param>
    /// <param name="member">Its JSON name.</param>
    public static string FormOf(Type request, string member) =>
        FormOf(Of(request).members.Single(one => one.Name == member).Bounds);

    /// <summary>Describes the allowed values of a member in a sentence composed from <paramref name="bounds"/>.</summary>
    public static string FormOf(IEnumerable<ValidationAttribute> bounds)
    {
        var forms = bounds.Select(FormOf).Where(form => form.Length > 0).ToList();
        return string.Join(' ', forms);
    }

    internal static IEnumerable<object> AttributesOf(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];

    private static string FormOf(ValidationAttribute bound) =>
        bound switch
        {
            { ErrorMessage: { } said } => said,
            CodeAttribute => $"{CodeAttribute.Form}.",
            AllowedValuesAttribute allowed => $"One of {string.Join(", ", allowed.Values)}.",
            PrintableAttribute { OneLine: true } line =>
                $"{Between(line.MinimumLength, line.MaximumLength)} characters on one line, without control characters.",
            PrintableAttribute text =>
                $"{Between(text.MinimumLength, text.MaximumLength)} characters, without control characters.",
            StringLengthAttribute text => $"{Between(text.MinimumLength, text.MaximumLength)} characters.",
            RangeAttribute { Maximum: int.MaxValue } range => $"{range.Minimum} or more.",
            RangeAttribute range => $"{range.Minimum} to {range.Maximum}.",
            LengthAttribute list => $"{Between(list.MinimumLength, list.MaximumLength)} entries.",
            MinLengthAttribute list => $"At least {list.Length}.",
            MaxLengthAttribute list => $"At most {list.Length}.",
            RegularExpressionAttribute pattern => $"Text of the pattern {pattern.Pattern}",
            _ => "",
        };

    private static string Between(int least, int most) =>
        least == most ? $"Exactly {most}"
        : least == 0 ? $"At most {most}"
        : $"{least} to {most}";

    private sealed record Member(
        string Name,
        Func<object, object?> Get,
        IReadOnlyList<ValidationAttribute> Bounds,
        FactsAttribute? Facts
    )
    {
        public void Check(object request, RequestFaults faults)
        {
            var value = Get(request);
            if (Bounds.Any(bound => !bound.IsValid(value)))
                faults.Add(Name, value is null ? $"It is missing. {FormOf(Bounds)}".TrimEnd() : FormOf(Bounds));
            else if (value is IEnumerable<object?> list && list.Contains(null))
                faults.Add(Name, "An entry is null.");
            if (Facts is not null && value is IEnumerable<KeyValuePair<string, string?>> facts)
                Check(Facts, facts, faults);
        }

        private void Check(FactsAttribute bound, IEnumerable<KeyValuePair<string, string?>> facts, RequestFaults faults)
        {
            var (count, size) = (0, 0);
            foreach (var (name, value) in facts)
            {
                if (++count > bound.Most)
                {
                    faults.Add(Name, $"At most {bound.Most}.");
                    return;
                }

                // An invalid name is not repeated.
                if (!CodeAttribute.IsCode(name))
                    faults.Add(Name, $"Names are {CodeAttribute.Form}");
                else if (!bound.IsValue(value))
                    faults.Add(FieldNames.IsSafe(name) ? $"{Name}.{name}" : Name, bound.ValueForm);
                else
                    size += name.Length + Encoding.UTF8.GetByteCount(value!);
            }

            if (bound.LargestInAll > 0 && size > bound.LargestInAll)
                faults.Add(Name, $"Names and values have at most {bound.LargestInAll} bytes in all.");
        }
    }
}
