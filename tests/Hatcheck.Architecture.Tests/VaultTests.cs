using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Only the vault opens and seals users' data. Code that picks a key itself picks the newest or the first, and breaks
/// with a user's second key.
/// </summary>
public sealed partial class VaultTests
{
    [Fact]
    public async Task Nobody_but_the_vault_opens_or_seals_a_cell() => Culprits(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("using var plain = Cell.Open(key, address, cell);")]
    [InlineData("var cell = Cell.Seal(key, new CellAddress(\"a\", \"b\", tenant, id, user), plain);")]
    [InlineData("    Hatcheck.Crypto.Cell . Open(key, address, cell, plain);")]
    [InlineData("Func<DataKey, byte[]> seal = Cell.Seal;")]
    [InlineData("using static Hatcheck.Crypto.Cell;")]
    [InlineData("using Box = Hatcheck.Crypto.Cell;")]
    [InlineData("var key = new WrappedKey(user, 1, kek, bytes);")]
    [InlineData("WrappedKey key = new(user, 1, kek, bytes);")]
    [InlineData("private static WrappedKey Of(UserKeyRow row) => new(row.UserId, row.Version, row.KekId, row.Wrapped);")]
    [InlineData("using var key = new DataKey(bytes, 1);")]
    [InlineData("using var key = DataKey.Create(1);")]
    public void A_planted_opener_is_caught(string line)
    {
        Culprits([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldHaveSingleItem();
        Culprits([new SourceFile("src/Hatcheck.Platform/Inbox/InboxBodies.cs", line)]).ShouldHaveSingleItem();
        Culprits([new SourceFile("src/Hatcheck.Platform/Keys/PersonVault.cs", line)]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("using var vault = vaults.Open(tenant, person.Keys);")]
    [InlineData("var day = Cell.KeyVersion(body);")]
    [InlineData("private static readonly WrappedKey.Fields Key = new(Person, \"k\", Id, KeyPurpose.Data);")]
    [InlineData("internal sealed record Found(Guid User, IReadOnlyList<WrappedKey> Keys) : PersonLookup;")]
    public void Whoever_goes_through_the_vault_is_none(string line) =>
        Culprits([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldBeEmpty();

    private static List<string> Culprits(IEnumerable<SourceFile> files) =>
        [
            .. from file in files
            where file.Path.StartsWith("src/", StringComparison.Ordinal) && !Vault().IsMatch(file.Path)
            from line in file.Lines
            where Opener().IsMatch(line)
            select $"{file.Path}: {line.Trim()}",
        ];

    // The library itself; and the drill, which shares no code with the drilled one, so that both can't have the same fault.
    [GeneratedRegex("^src/Hatcheck.(?:Crypto|Platform/Keys|Drill)/")]
    private static partial Regex Vault();

    [GeneratedRegex(
        @"\bCell\s*\.\s*(?:Seal|Open)\b"
            + @"|\busing\s+(?:static\s+|\w+\s*=\s*)Hatcheck\.Crypto\.Cell\s*;|\bnew\s+(?:WrappedKey|DataKey)\s*\("
            + @"|\bWrappedKey\??\s+\w+(?:\([^)]*\))?\s*=>?\s*new\s*\(|\bDataKey\s*\.\s*Create\b"
    )]
    private static partial Regex Opener();
}
