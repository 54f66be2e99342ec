namespace Hatcheck.Server.Users;

/// <summary>The person whom an id stands for today: the survivor where users were merged, else the user.</summary>
internal static class Survivor
{
    /// <summary>
    /// Joins the survivor, as <c>s</c>, to a row <c>u</c> of <c>users</c>. Not <c>coalesce</c>: under row-level security PostgreSQL (15, contain_leaked_vars)
    /// takes that for something that could leak what the policy hides, keeps it away from the index and reads every user of the tenant;
    /// <c>case</c> it knows to be safe.
    /// </summary>
    public const string Join = "join users s on s.tenant_id = u.tenant_id and s.user_id = case when u.merged_into is null then u.user_id else u.merged_into end ";
}
