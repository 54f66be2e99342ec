using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Profiles;

/// <summary>
/// The blind index of what somebody put into a profile, under a label of its own (docs/reference/blind-index.md): it never
/// equals the index of an identity, so a value that nobody vouched for never resolves to a person.
/// </summary>
internal static class ProfileIndex
{
    public const string Email = "email";
    public const string Phone = "phone";

    public static readonly string[] Kinds = [Email, Phone];

    /// <summary>The rows of a profile: for each of the two values, one for each live key version.</summary>
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

    /// <summary>The rows of what a change puts in another's place: nothing of a value that stays.</summary>
    public static List<ProfileValue> Changed(TenantKeySet keys, Guid tenant, Guid user, Profile before, Profile after) =>
        [.. Rows(keys, tenant, user, after).Where(row => ValueOf(before, row.Kind) != ValueOf(after, row.Kind))];

    /// <summary>A canonical value under every live key, newest first. The labels are frozen.</summary>
    public static IEnumerable<(string Value, int KeyVersion)> Compute(TenantKeySet keys, string kind, string canonical) =>
        keys.Profile.Select(key => (Compute(key, kind, canonical), key.Version));

    /// <summary>A canonical value under one key.</summary>
    public static string Compute(BlindIndexKey key, string kind, string canonical) =>
        key.Compute(kind, kind == Email ? "address" : "number", canonical, IndexLabel.ProfileValue);

    /// <summary>What two profiles are compared by, in the one spelling that goes into the index; null: none.</summary>
    public static string? ValueOf(Profile profile, string kind)
    {
        if (kind == Phone)
            return profile.Phone;
        return CanonicalId.TryEmail(profile.Email, out var canonical) ? canonical : null;
    }
}
