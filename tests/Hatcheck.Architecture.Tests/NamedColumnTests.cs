using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Results are read by column names: a read by number goes wrong silently when a column is added before it.
/// </summary>
public sealed partial class NamedColumnTests
{
    [Fact]
    public async Task No_column_is_read_by_its_number() => ByNumber(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("var id = reader.GetGuid(0);")]
    [InlineData("if (row.IsDBNull( 12 )) return;")]
    [InlineData("var cell = reader.GetFieldValue<byte[]>(3);")]
    [InlineData("row => row.Text(Field.At(1))")]
    public void A_planted_number_is_caught(string line) =>
        ByNumber([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldHaveSingleItem();

    [Theory]
    [InlineData("var id = row.Guid(\"user_id\");")]
    [InlineData("var id = row.Guid(Id);")]
    [InlineData("var part = text.GetSegment(0);")]
    public void A_name_is_none(string line) =>
        ByNumber([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldBeEmpty();

    private static List<string> ByNumber(IEnumerable<SourceFile> files) =>
        [
            .. from file in files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
            from line in file.Lines
            where Number().IsMatch(line)
            select $"{file.Path}: {line.Trim()}",
        ];

    // Platform's own Row takes no number at all: `row.Text(0)` does not compile.
    [GeneratedRegex(
        @"(?<!RandomNumberGenerator)\.(?:Get(?:Boolean|Byte|Bytes|Char|Chars|DateTime|Decimal|Double|FieldType|FieldValue"
            + "|FieldValueAsync|Float|Guid|Int16|Int32|Int64|Name|Ordinal|String|Stream|TextReader|Value)"
            + @"(?:<[^>]+>)?|IsDBNull|IsDBNullAsync)\(\s*\d+\s*[,)]|\bField\.At\(\s*\d"
    )]
    private static partial Regex Number();
}
