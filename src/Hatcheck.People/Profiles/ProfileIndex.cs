using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Profiles;

/// <summary>
/// The blind index of a profile's values, under labels of its own (docs/reference/blind-index.md). It never equals the
/// index of an identity, so an unproven value never resolves to a user.
/// </summary>
internal static class ProfileIndex
{
    public const string Email = "email";
    public const string Phone = "phone";

    public static readonly string[] Kinds = [Email, Phone];

    /// <summary>The rows of a profile: for each of the two values, one per live key version.</summary>
    public static IEnumerable<ProfileValue> Rows(TenantKeySet keys, Guid tenant, Guid user, Profile profile) =>
        from kind in Kinds
        where ValueOf(profile, kind) is not null
        from value in Compute(keys, kind, ValueOf(profile, kind)!)
        select new ProfileValue
        {
            TenantId = tenant,
            Kind = kind,
            IndexValue = value.Value,
            KeyVersion = value.KeyVersion,
            UserId = user,
        };

    /// <summary>The rows of the values that a change replaces; none for an unchanged value.</summary>
    public static List<ProfileValue> Changed(TenantKeySet keys, Guid tenant, Guid user, Profile before, Profile after) =>
        [.. Rows(keys, tenant, user, after).Where(row => ValueOf(before, row.Kind) != ValueOf(after, row.Kind))];

    /// <summary>A canonical value under every live key, newest first. The labels are frozen.</summary>
    public static IEnumerable<(string Value, int KeyVersion)> Compute(TenantKeySet keys, string kind, string canonical) =>
        keys.Profile.Select(key => (Compute(key, kind, canonical), key.Version));

    /// <summary>A canonical value under one key.</summary>
    public static string Compute(BlindIndexKey key, string kind, string canonical) =>
        key.Compute(kind, kind == Email ? "address" : "number", canonical, IndexLabel.ProfileValue);

    /// <summary>A value of a profile in canonical form, as in the index; null if absent.</summary>
    public static string? ValueOf(Profile profile, string kind)
    {
        if (kind == Phone)
            return profile.Phone;
        return CanonicalId.TryEmail(profile.Email, out var canonical) ? canonical : null;
    }
}
