using System.Runtime.CompilerServices;
using Hatcheck.Contracts;
using Hatcheck.Crypto;

namespace Hatcheck.Client;

/// <summary>
/// The Hatcheck API for bots and services. Thread-safe: keep one for the life of the process. On an outage it repeats reads,
/// resolving, linking, creating users, deletions and usage records; never link codes, merges and changes that name a
/// version. Every method throws <see cref="HatcheckUnavailableException"/> on an outage and
/// <see cref="HatcheckException"/> on a refusal.
/// </summary>
public sealed partial class HatcheckClient : IDisposable
{
    private const string Telegram = "telegram";
    private const string WhatsApp = "whatsapp";

    private readonly Transport transport;
    private readonly BlindIndexKey? indexKey;

    /// <summary>A client with its own connections.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message never holds the key.</exception>
    public HatcheckClient(HatcheckClientOptions options)
        : this(options, handler: null) { }

    /// <summary>
    /// A client over another handler (tests, a corporate proxy), which the caller disposes. Addresses contain hashes and user
    /// ids: the handler should neither log them nor put them into traces.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message never holds the key.</exception>
    public HatcheckClient(HatcheckClientOptions options, HttpMessageHandler? handler)
    {
        OptionsCheck.Check(options);
        transport = new Transport(options, handler);
        indexKey = options.IndexKey;
    }

    /// <summary>True if this client hashes messenger ids, so that they are never sent.</summary>
    public bool HashesIds => indexKey is not null;

    /// <summary>The tenant of the API key. Any scope.</summary>
    public Task<TenantResponse> GetTenantAsync(CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get("tenant"), HatcheckJson.Default.TenantResponse, cancellation);

    /// <summary>The user behind a Telegram account, created if absent. Scope <c>users:write</c>.</summary>
    /// <param name="telegramId">The sender's id (<c>from.id</c>), 1 to 2^52.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<ResolvedUser> ResolveTelegramAsync(long telegramId, CancellationToken cancellation = default) =>
        ResolveAsync(TelegramIdentity(telegramId), cancellation);

    /// <summary>The user behind a WhatsApp number, created if absent. Scope <c>users:write</c>.</summary>
    /// <param name="phone">E.164, such as <c>+491701234567</c>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<ResolvedUser> ResolveWhatsAppAsync(string phone, CancellationToken cancellation = default) =>
        ResolveAsync(WhatsAppIdentity(phone), cancellation);

    /// <summary>
    /// The user behind a Telegram account, or null if there is none; creates none, and leaves no trace. Scope
    /// <c>users:read</c>.
    /// </summary>
    /// <param name="telegramId">The sender's id (<c>from.id</c>), 1 to 2^52.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<UserResponse?> FindTelegramAsync(long telegramId, CancellationToken cancellation = default) =>
        FindAsync(TelegramIdentity(telegramId), cancellation);

    /// <summary>The user behind a WhatsApp number; like <see cref="FindTelegramAsync"/>.</summary>
    /// <param name="phone">E.164, such as <c>+491701234567</c>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<UserResponse?> FindWhatsAppAsync(string phone, CancellationToken cancellation = default) =>
        FindAsync(WhatsAppIdentity(phone), cancellation);

    /// <summary>A user by id. Scope <c>users:read</c>.</summary>
    public Task<UserResponse> GetUserAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get($"users/{user}"), HatcheckJson.Default.UserResponse, cancellation);

    /// <summary>
    /// The user behind a Telegram account, or null if there is none; creates none. Needs
    /// <see cref="HatcheckClientOptions.IndexKey"/>, since the look-up takes a hash only. Scope <c>users:read</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client has no index key.</exception>
    public Task<UserResponse?> GetByTelegramAsync(long telegramId, CancellationToken cancellation = default) =>
        GetByTelegramHashAsync(TelegramHash(telegramId), cancellation);

    /// <summary>
    /// Same, with a hash from the caller: 64 lowercase hexadecimal characters. Scope <c>users:read</c>.
    /// </summary>
    public async Task<UserResponse?> GetByTelegramHashAsync(string hash, CancellationToken cancellation = default)
    {
        // An id pasted here would be sent in an address, which proxies log.
        if (!BlindIndexKey.IsIndex(hash))
        {
            throw new ArgumentException("The hash must be 64 lowercase hexadecimal characters.", nameof(hash));
        }

        return await FoundAsync(Call.Get($"users/by-telegram/{hash}"), cancellation);
    }

    /// <summary>
    /// Adds a Telegram account to a user; also returns the identity if it already is this user's. Scope <c>users:write</c>.
    /// </summary>
    /// <exception cref="HatcheckException">
    /// <see cref="ProblemCodes.IdentityTaken"/>: it is another user's; merge the two instead.
    /// </exception>
    public Task<IdentityResponse> LinkTelegramAsync(Guid user, long telegramId, CancellationToken cancellation = default) =>
        LinkAsync(user, TelegramIdentity(telegramId), cancellation);

    /// <summary>Adds a WhatsApp number to a user; like <see cref="LinkTelegramAsync"/>.</summary>
    public Task<IdentityResponse> LinkWhatsAppAsync(Guid user, string phone, CancellationToken cancellation = default) =>
        LinkAsync(user, WhatsAppIdentity(phone), cancellation);

    /// <summary>
    /// Removes an identity of a user, but not the last (<see cref="ProblemCodes.IdentityLast"/>). Scope <c>users:write</c>.
    /// </summary>
    public Task UnlinkAsync(Guid user, Guid identity, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"users/{user}/identities/{identity}")
            {
                Repeatable = true,
                DoneBefore = ProblemCodes.IdentityNotFound,
            },
            cancellation
        );

    /// <summary>
    /// A one-time code to show in this user's chat, to be typed under the other identity. Scope <c>users:write</c>.
    /// </summary>
    public Task<LinkCodeResponse> CreateLinkCodeAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Post, $"users/{user}/link-codes"),
            HatcheckJson.Default.LinkCodeResponse,
            cancellation
        );

    /// <summary>Merges a user into the one whose code was typed; returns the remaining user. Scope <c>users:write</c>.</summary>
    public Task<UserResponse> MergeAsync(Guid user, string code, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Post($"users/{user}/merge", new MergeRequest(code), HatcheckJson.Default.MergeRequest),
            HatcheckJson.Default.UserResponse,
            cancellation
        );

    /// <summary>Adds a line to the usage log. Scope <c>usage:write</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="usage">What was done; never the text of a message.</param>
    /// <param name="idempotencyKey">
    /// Identifies the write, so that a repeat after a crash stores nothing twice: 1 to 64 of <c>A-Z a-z 0-9 . _ : -</c>,
    /// nothing personal. Absent: the client creates a random one, which covers its own retries.
    /// </param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<UsageEntry> RecordUsageAsync(
        Guid user,
        UsageRequest usage,
        string? idempotencyKey = null,
        CancellationToken cancellation = default
    )
    {
        var call = Call.Post($"users/{user}/usage", usage, HatcheckJson.Default.UsageRequest) with
        {
            IdempotencyKey = CheckedKey(idempotencyKey),
            Repeatable = true,
        };
        return transport.SendAsync(call, HatcheckJson.Default.UsageEntry, cancellation);
    }

    /// <summary>A page of the usage log, newest first. Scope <c>usage:read</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="query">Which entries, and how many.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<UsagePage> ListUsageAsync(Guid user, UsageQuery? query = null, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Get($"users/{user}/usage{(query ?? new UsageQuery()).ToQueryString()}"),
            HatcheckJson.Default.UsagePage,
            cancellation
        );

    /// <summary>All entries that match, page after page. Scope <c>usage:read</c>.</summary>
    public async IAsyncEnumerable<UsageEntry> ReadUsageAsync(
        Guid user,
        UsageQuery? query = null,
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        var next = query ?? new UsageQuery();
        while (true)
        {
            var page = await ListUsageAsync(user, next, cancellation);
            foreach (var entry in page.Items)
                yield return entry;
            if (page.NextCursor is null)
                yield break;
            next = next with { Cursor = page.NextCursor };
        }
    }

    /// <summary>The amount of data kept about a user, without its content. Scope <c>export:read</c>.</summary>
    public Task<UserSummary> GetSummaryAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get($"users/{user}/summary"), HatcheckJson.Default.UserSummary, cancellation);

    /// <summary>Everything kept about a user, readable. Scope <c>export:read</c>.</summary>
    public Task<UserExport> ExportAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Get($"users/{user}/export") with
            {
                Patience = 4,
            },
            HatcheckJson.Default.UserExport,
            cancellation
        );

    /// <summary>
    /// Deletes everything kept about a user and destroys the key that opens it. It cannot be undone: ask the user first. Scope
    /// <c>users:erase</c>.
    /// </summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.UserErased"/>: the user was erased before.</exception>
    public Task EraseAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"users/{user}?confirm=true") { Repeatable = true, DoneBefore = ProblemCodes.UserErased },
            cancellation
        );

    /// <summary>Closes the connections.</summary>
    public void Dispose() => transport.Dispose();

    private Task<ResolvedUser> ResolveAsync(IdentityRequest identity, CancellationToken cancellation)
    {
        var call = Call.Post("users/resolve", identity, HatcheckJson.Default.IdentityRequest) with { Repeatable = true };
        return transport.SendAsync(call, HatcheckJson.Default.ResolvedUser, cancellation);
    }

    private Task<UserResponse?> FindAsync(IdentityRequest identity, CancellationToken cancellation) =>
        FoundAsync(
            Call.Post("users/find", identity, HatcheckJson.Default.IdentityRequest) with
            {
                Repeatable = true,
            },
            cancellation
        );

    private async Task<UserResponse?> FoundAsync(Call lookUp, CancellationToken cancellation)
    {
        try
        {
            return await transport.SendAsync(lookUp, HatcheckJson.Default.UserResponse, cancellation);
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.UserNotFound)
        {
            return null;
        }
    }

    private Task<IdentityResponse> LinkAsync(Guid user, IdentityRequest identity, CancellationToken cancellation)
    {
        var call = Call.Post($"users/{user}/identities", identity, HatcheckJson.Default.IdentityRequest) with
        {
            Repeatable = true,
        };
        return transport.SendAsync(call, HatcheckJson.Default.IdentityResponse, cancellation);
    }

    private IdentityRequest TelegramIdentity(long telegramId)
    {
        CheckTelegramId(telegramId);
        return Identity(Telegram, "user", CanonicalId.Telegram(telegramId));
    }

    private IdentityRequest WhatsAppIdentity(string phone)
    {
        // The message must not repeat the number.
        if (!CanonicalId.TryPhone(phone, out var canonical))
            throw new ArgumentException("The phone number must be E.164, as +491701234567.", nameof(phone));
        return Identity(WhatsApp, "phone", canonical);
    }

    private IdentityRequest Identity(string channel, string kind, string canonical) =>
        indexKey is null
            ? new IdentityRequest(channel, canonical)
            : new IdentityRequest(channel, Hash: indexKey.Compute(channel, kind, canonical), KeyVersion: indexKey.Version);

    private string TelegramHash(long telegramId)
    {
        CheckTelegramId(telegramId);
        var key = indexKey ?? throw new InvalidOperationException("A look-up by Telegram id needs the IndexKey option.");
        return key.Compute(Telegram, "user", CanonicalId.Telegram(telegramId));
    }

    private static string CheckedKey(string? idempotencyKey)
    {
        var key = idempotencyKey ?? Guid.NewGuid().ToString("N");
        return key.Length is > 0 and <= 64 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-')
            ? key
            : throw new ArgumentException("The idempotency key must be 1 to 64 of A-Z a-z 0-9 . _ : -", nameof(idempotencyKey));
    }

    private static void CheckTelegramId(long telegramId)
    {
        // Not ArgumentOutOfRangeException.ThrowIf…: those print the value.
        if (telegramId is < 1 or > (1L << 52))
            throw new ArgumentException("A person's Telegram id is 1 to 2^52.", nameof(telegramId));
    }
}
