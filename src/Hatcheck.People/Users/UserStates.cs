using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>
/// A user's row and the messengers they are known on, for an operator: nothing of it is personal, so nothing is opened.
/// </summary>
internal sealed class UserStates(Database database)
{
    /// <summary>Also of who was erased, deleted or merged; null if there never was such a user.</summary>
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
