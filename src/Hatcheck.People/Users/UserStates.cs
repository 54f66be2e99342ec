using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>Reads a user's row and messengers for an operator. None of it is personal, so nothing is decrypted.</summary>
internal sealed class UserStates(Database database)
{
    /// <summary>Also finds erased, deleted and merged users; null if the user never existed.</summary>
    public Task<(User User, IReadOnlyList<string> Channels)?> FindAsync(Guid tenant, Guid user, CancellationToken cancellation) =>
        database.ReadAsync<(User, IReadOnlyList<string>)?>(
            tenant,
            async (db, stop) =>
            {
                var row = await db.Set<User>().AsNoTracking().FirstOrDefaultAsync(candidate => candidate.UserId == user, stop);
                if (row is null)
                    return null;
                return (
                    row,
                    await db.Set<Identity>()
                        .Where(identity => identity.UserId == user)
                        .Select(identity => identity.Channel)
                        .Distinct()
                        .OrderBy(channel => channel)
                        .ToListAsync(stop)
                );
            },
            cancellation
        );
}
