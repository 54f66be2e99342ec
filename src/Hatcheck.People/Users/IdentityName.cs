using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Users;

/// <summary>
/// A checked messenger identity of a request: its index value under every live key, and the id unless the tenant is
/// blind-only.
/// </summary>
/// <param name="Channel">The messenger.</param>
/// <param name="Values">Newest key first; at least one.</param>
/// <param name="CanonicalId">Null for a blind-only tenant.</param>
internal sealed record IdentityName(IChannel Channel, IReadOnlyList<(string Value, int KeyVersion)> Values, string? CanonicalId)
{
    private const string HashForm = "64 lowercase hexadecimal characters.";
    private const string VersionForm = "The version of the index key that the hash was computed with: 1 or more.";

    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(IdentityName)} {{ Channel = {Channel.Name} }}";

    /// <summary>The name of a canonical id that the server itself received, such as a sign-in issuer's subject.</summary>
    public static IdentityName Of(TenantKeySet keys, IChannel channel, string canonical, bool blindOnly)
    {
        if (!blindOnly)
            return new(
                channel,
                [.. keys.Index.Select(key => (key.Compute(channel.Name, channel.Kind, canonical), key.Version))],
                canonical
            );
        // A rotation nests a blind-only tenant's values, so they begin with the very first key.
        var first = keys.Index.Concat(keys.Links).MinBy(key => key.Version)!;
        return new(
            channel,
            keys.Nest(first.Compute(channel.Name, channel.Kind, canonical), first.Version) ?? throw new CannotOpenException(),
            null
        );
    }

    /// <summary>Checks a request against the tenant's form of identities, and hashes its id.</summary>
    public static async Task<Outcome<IdentityName>> ReadAsync(
        IdentityRequest request,
        Caller caller,
        TenantKeys tenantKeys,
        CancellationToken cancellation
    )
    {
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        return TryRead(request, caller, keys, out var name) is { } problem ? new Refusal.Invalid(problem) : name;
    }

    /// <summary>The rows of this identity, one per live key version, all with the same id and sealed cell.</summary>
    public async ValueTask<List<Identity>> RowsAsync(
        PersonVault vault,
        Guid user,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var id = Guid.NewGuid();
        var cell = CanonicalId is { } canonical
            ? await vault.SealAsync(Identity.Sealed.At(KeyOwner.User(user), id), canonical, cancellation)
            : null;
        return
        [
            .. Values.Select(value => new Identity
            {
                TenantId = vault.Tenant,
                Channel = Channel.Name,
                IndexValue = value.Value,
                KeyVersion = value.KeyVersion,
                Kind = Channel.Kind,
                IdentityId = id,
                UserId = user,
                SealedUnder = user,
                SealedId = cell,
                LinkedAt = now,
            }),
        ];
    }

    private static Problem? TryRead(IdentityRequest request, Caller caller, TenantKeySet keys, out IdentityName name)
    {
        name = null!;
        if (KnownChannels.Find(request.Channel) is not { } channel)
        {
            var faults = new RequestFaults();
            faults.Add("channel", $"One of {string.Join(", ", KnownChannels.ByName.Keys.Order(StringComparer.Ordinal))}.");
            // The id's form depends on the channel; its absence does not.
            faults.Require(
                caller.BlindOnly || !string.IsNullOrEmpty(request.Id),
                "id",
                "The messenger's id of the user, as a string."
            );
            faults.Require(!caller.BlindOnly || BlindIndexKey.IsIndex(request.Hash ?? ""), "hash", HashForm);
            faults.Require(!caller.BlindOnly || request.KeyVersion is > 0, "key_version", VersionForm);
            return faults.ToProblem();
        }

        // Scheme 0 hashes the bare number: another messenger's id would match the Telegram user with the same number.
        if (caller.IndexScheme == BlindIndexKey.PlainScheme && channel is not TelegramChannel)
            return Problems.Invalid("channel", "This tenant's index scheme is 0, which supports only Telegram ids.");
        return caller.BlindOnly ? ReadHash(request, channel, keys, out name) : ReadId(request, channel, keys, out name);
    }

    private static Problem? ReadId(IdentityRequest request, IChannel channel, TenantKeySet keys, out IdentityName name)
    {
        name = null!;
        if (request.Hash is not null || request.KeyVersion is not null)
            return Problems.Unprocessable(
                ProblemCodes.IdentityForm,
                "This tenant sends ids: send `channel` and `id`. Only a blind-only tenant sends `hash` and `key_version`.",
                request.Hash is null ? "key_version" : "hash"
            );
        if (request.Id is null)
            return Problems.Invalid("id", channel.Form);
        if (!channel.TryCanonical(request.Id, out var canonical))
            return Problems.Invalid("id", channel.Form);
        name = new IdentityName(
            channel,
            [.. keys.Index.Select(key => (key.Compute(channel.Name, channel.Kind, canonical), key.Version))],
            canonical
        );
        return null;
    }

    private static Problem? ReadHash(IdentityRequest request, IChannel channel, TenantKeySet keys, out IdentityName name)
    {
        name = null!;
        if (request.Id is not null)
            return Problems.Unprocessable(
                ProblemCodes.IdentityForm,
                "This tenant is blind-only: send `channel`, `hash` and `key_version`, never an id.",
                "id"
            );
        var faults = new RequestFaults();
        faults.Require(BlindIndexKey.IsIndex(request.Hash ?? ""), "hash", HashForm);
        faults.Require(request.KeyVersion is not null, "key_version", VersionForm);
        if (faults.ToProblem() is { } problem)
            return problem;
        var (hash, version) = (request.Hash!, request.KeyVersion!.Value);
        // A hash under a retired version still works: nesting it needs only the newer keys.
        if (keys.Nest(hash, version) is not { } values)
            return Problems.Unprocessable(
                ProblemCodes.IndexKeyVersion,
                "No usable index key has this version; GET /tenant shows the newest.",
                "key_version"
            );
        name = new IdentityName(channel, values, null);
        return null;
    }
}
