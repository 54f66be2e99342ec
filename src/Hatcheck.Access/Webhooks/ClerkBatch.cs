using Hatcheck.People.Profiles;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Access.Webhooks;

/// <summary>The user and identity of a subject.</summary>
internal sealed record KnownIdentity(Guid User, Guid Identity);

/// <summary>The planned effect of one event.</summary>
internal sealed class ClerkStep(ClerkInboxEvent happened, InboxSubjectRow subject, ClerkStep.Kind kind, Guid user)
{
    internal enum Kind
    {
        Nothing,
        Create,
        Edit,
        Delete,

        /// <summary>Another event of the batch must be processed first.</summary>
        Wait,
    }

    public ClerkInboxEvent Event => happened;

    public InboxSubjectRow Subject => subject;

    public Guid User => user;

    public Kind What { get; set; } = kind;

    /// <summary>The profile after the event.</summary>
    public Profile After { get; set; } = Profile.Empty;

    /// <summary>The index rows that the event adds.</summary>
    public IReadOnlyList<ProfileValue> Values { get; set; } = [];

    /// <summary>
    /// The event's e-mail address belongs to another user. All else is applied, or the event waits once for that user to
    /// give it up.
    /// </summary>
    public bool IsTaken { get; set; }
}

/// <summary>Plans a batch of events without a database, in due order, each of another subject.</summary>
internal sealed class ClerkBatch(
    Guid tenant,
    TenantKeySet keys,
    bool blindOnly,
    IReadOnlyDictionary<string, InboxSubjectRow> subjects,
    IReadOnlyDictionary<ClerkInboxEvent, KnownIdentity> identities,
    IReadOnlySet<Guid> active
)
{
    /// <summary>
    /// The fault of an event whose e-mail address belongs to another user; the rest of the event was applied.
    /// </summary>
    public const string EmailTaken = "email.taken";

    private readonly List<ClerkStep> steps = [];
    private readonly HashSet<Guid> busy = [];
    private IReadOnlyDictionary<Guid, HeldProfile> held = new Dictionary<Guid, HeldProfile>();

    public Guid Tenant => tenant;

    public TenantKeySet Keys => keys;

    /// <summary>Whether the tenant stores no ids.</summary>
    public bool BlindOnly => blindOnly;

    public IEnumerable<ClerkStep> Creations => Of(ClerkStep.Kind.Create);

    public IReadOnlyList<Guid> Edited => [.. Of(ClerkStep.Kind.Edit).Select(step => step.User)];

    public IReadOnlyList<ProfileValue> Values => [.. steps.SelectMany(step => step.Values)];

    public IReadOnlyList<(Guid User, Actor Actor)> Deletions =>
        [.. Of(ClerkStep.Kind.Delete).Select(step => (step.User, step.Event.Endpoint.Actor))];

    public IReadOnlyList<ProfileEdit> Edits =>
        [
            .. Of(ClerkStep.Kind.Edit)
                .Select(step => new ProfileEdit(held[step.User], step.After, step.Values, step.Event.Endpoint.Actor)),
        ];

    /// <summary>The results, in the order of the events.</summary>
    public IReadOnlyList<InboxResult> Results =>
        [
            .. steps.Select(
                InboxResult (step) =>
                    step switch
                    {
                        { What: ClerkStep.Kind.Wait, IsTaken: true } => new InboxResult.Later(EmailTaken),
                        { What: ClerkStep.Kind.Wait } => new InboxResult.Again(),
                        { IsTaken: true } => new InboxResult.Partly(EmailTaken, step.User),
                        _ => new InboxResult.Done(),
                    }
            ),
        ];

    public void Plan(ClerkInboxEvent happened)
    {
        var subject = subjects[happened.Claim.SubjectHash];
        var known = identities.GetValueOrDefault(happened);
        // Two subjects of one user, who was merged: process one event at a time.
        var kind = known is not null && !busy.Add(known.User) ? ClerkStep.Kind.Wait : KindOf(happened, subject, known);
        steps.Add(new ClerkStep(happened, subject, kind, known?.User ?? Guid.NewGuid()));
    }

    /// <summary>Leaves out users who were erased before their first event: they are not created.</summary>
    public void LeaveOut(IReadOnlySet<ClerkInboxEvent> erased)
    {
        foreach (var step in Creations.Where(step => erased.Contains(step.Event)).ToList())
        {
            step.What = ClerkStep.Kind.Nothing;
            step.Subject.State = InboxSubjectRow.Erased;
        }
    }

    /// <summary>Computes the new profiles from the current ones.</summary>
    public void Read(IReadOnlyDictionary<Guid, HeldProfile> profiles)
    {
        held = profiles;
        foreach (var step in steps.Where(step => step.What is ClerkStep.Kind.Create or ClerkStep.Kind.Edit))
            Propose(step, withEmail: true);
    }

    /// <summary>
    /// Gives a contested address to the first event. An event waits if the holder gives the address up within the batch.
    /// </summary>
    public void Reserve(IReadOnlyList<(ProfileValue Value, Guid Holder)> taken)
    {
        var holders = taken.ToLookup(entry => entry.Value.UserId, entry => entry.Holder);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var done = new HashSet<Guid>();
        foreach (var step in steps.Where(step => step.What != ClerkStep.Kind.Wait))
        {
            var emails = step.Values.Where(value => value.Kind == ProfileIndex.Email).Select(value => value.IndexValue).ToList();
            if (emails.Exists(wanted.Contains) || holders[step.User].Any(done.Contains))
            {
                step.What = ClerkStep.Kind.Wait;
                step.Values = [];
                continue;
            }

            step.IsTaken = holders[step.User].Any();
            if (step.IsTaken && step.Event.Claim.Attempts == 1)
            {
                // The event by which the other user gives it up may be in a batch in progress.
                step.What = ClerkStep.Kind.Wait;
                step.Values = [];
                continue;
            }

            done.Add(step.User);
            if (step.IsTaken)
                Propose(step, withEmail: false);
            else
                wanted.UnionWith(emails);
        }
    }

    /// <summary>Marks the subjects' rows with the effect of their events.</summary>
    public void Mark()
    {
        foreach (var step in steps.Where(step => step.What != ClerkStep.Kind.Wait))
        {
            var (claim, subject) = (step.Event.Claim, step.Subject);
            if (identities.GetValueOrDefault(step.Event) is { } known)
                subject.IdentityId = known.Identity;
            if (step.Event.Event.Type == ClerkEvent.Deleted)
            {
                // Also for an unknown subject, so that a late `created` finds the mark.
                subject.State = InboxSubjectRow.Deleted;
                if (claim.EventAt > subject.EventAt)
                    subject.EventAt = claim.EventAt;
            }
            else if (step.What is ClerkStep.Kind.Create or ClerkStep.Kind.Edit)
            {
                (subject.State, subject.EventAt) = (InboxSubjectRow.Live, claim.EventAt);
            }
        }
    }

    private ClerkStep.Kind KindOf(ClerkInboxEvent happened, InboxSubjectRow subject, KnownIdentity? known)
    {
        var lives = known is not null && active.Contains(known.User);
        if (happened.Event.Type == ClerkEvent.Deleted)
            return lives ? ClerkStep.Kind.Delete : ClerkStep.Kind.Nothing;
        // Deletion is final: Clerk never reuses a subject. Older events never overwrite newer ones.
        if (subject.State == InboxSubjectRow.Deleted || happened.Claim.EventAt < subject.EventAt)
            return ClerkStep.Kind.Nothing;
        // Erased here, and not back by sign-in: a webhook restores no one.
        if (known is null)
            return subject.State == InboxSubjectRow.Erased ? ClerkStep.Kind.Nothing : ClerkStep.Kind.Create;
        // Deleted here and not yet erased: a restore returns the user unchanged.
        return lives ? ClerkStep.Kind.Edit : ClerkStep.Kind.Nothing;
    }

    private void Propose(ClerkStep step, bool withEmail)
    {
        var before = step.What == ClerkStep.Kind.Edit ? held[step.User].Profile : Profile.Empty;
        step.After = ClerkProfile.Apply(before, step.Event.Event.Data, withEmail, withSubject: !blindOnly);
        step.Values = ProfileIndex.Changed(keys, tenant, step.User, before, step.After);
    }

    private IEnumerable<ClerkStep> Of(ClerkStep.Kind kind) => steps.Where(step => step.What == kind);
}
