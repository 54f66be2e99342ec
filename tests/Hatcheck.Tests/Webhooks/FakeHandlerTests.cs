using Hatcheck.Platform;
using Hatcheck.Platform.Inbox;
using Hatcheck.ServerKit.Webhooks;
using Suite = Hatcheck.ServerKit.Webhooks.InboxHandlerConformance;

namespace Hatcheck.Tests.Webhooks;

public sealed class FakeHandlerOnSqlite(OnSqlite database) : FakeHandlerTests(database), IClassFixture<OnSqlite>;

public sealed class FakeHandlerOnPostgres(OnPostgres database) : FakeHandlerTests(database), IClassFixture<OnPostgres>;

public abstract class FakeHandlerTests(TestedDatabase database) : InboxHandlerConformance(database)
{
    private protected override async Task<InboxSource> StartAsync(TestedDatabase on) =>
        await FakeSource.StartAsync(on, PlantedFault.None);
}

public sealed class PlantedFaultsOnSqlite(OnSqlite database) : PlantedFaultTests(database), IClassFixture<OnSqlite>;

public sealed class PlantedFaultsOnPostgres(OnPostgres database) : PlantedFaultTests(database), IClassFixture<OnPostgres>;

/// <summary>The conformance suite can fail: the test for each planted fault finds it.</summary>
public abstract class PlantedFaultTests(TestedDatabase database)
{
    [Theory]
    [InlineData(
        PlantedFault.ProcessesTwice,
        nameof(Suite.The_same_event_twice_is_processed_once),
        "EffectsAsync(source.Mine) should be 1L but was 2L"
    )]
    [InlineData(
        PlantedFault.HalfCommits,
        nameof(Suite.Cancelled_in_the_middle_nothing_is_half_done),
        "EffectsAsync(source.Mine) should be 0L but was 3L"
    )]
    [InlineData(
        PlantedFault.DoesOnlyTheFirstOfABatch,
        nameof(Suite.A_batch_equals_its_events_one_by_one),
        "ofBatches should be 8L but was 2L"
    )]
    [InlineData(
        PlantedFault.ActsAndSaysAgain,
        nameof(Suite.What_has_to_wait_is_given_back_without_a_try_or_an_effect),
        "EffectsAsync(source.Mine) should be 1L but was 2L"
    )]
    [InlineData(
        PlantedFault.NamesAnotherOwner,
        nameof(Suite.What_is_partly_done_is_a_dead_letter_under_its_users_key),
        "owner should be"
    )]
    [InlineData(
        PlantedFault.NeverSaysPartly,
        nameof(Suite.What_is_partly_done_is_a_dead_letter_under_its_users_key),
        "should be of type Hatcheck.Platform.Inbox.InboxResult+Partly but was"
    )]
    [InlineData(
        PlantedFault.KnowsNoOwner,
        nameof(Suite.A_dead_letter_is_sealed_for_its_user_if_known_and_dropped),
        "day is null and user_id = {RawSql.Literal(user)}\") should be 1L but was 0L"
    )]
    [InlineData(
        PlantedFault.ThrowsOnWhatItCannotRead,
        nameof(Suite.What_is_no_event_of_a_known_type_ends_as_a_dead_letter),
        "Planted: unreadable."
    )]
    [InlineData(
        PlantedFault.TakesEveryType,
        nameof(Suite.What_is_no_event_of_a_known_type_ends_as_a_dead_letter),
        "Read(claim, source.UnknownType) should be null but was"
    )]
    [InlineData(
        PlantedFault.BringsBackTheErased,
        nameof(Suite.A_user_erased_between_arrival_and_work_stays_gone),
        "EffectsAsync(source.Mine) should be 1L but was 3L"
    )]
    [InlineData(
        PlantedFault.WritesForAnotherTenant,
        nameof(Suite.Another_tenant_sees_nothing),
        "EffectsAsync(source.Mine) should be 1L but was 0L"
    )]
    [InlineData(
        PlantedFault.SpoilsTheBatchForGood,
        nameof(Suite.A_poison_among_good_events_harms_none_of_the_others),
        "NumberAsync(subject) should be 1 but was null"
    )]
    public async Task A_planted_fault_is_found_by_the_test_that_is_there_for_it(PlantedFault fault, string test, string reason)
    {
        var suite = new Faulty(database, fault);
        var found = await Record.ExceptionAsync(() => (Task)typeof(InboxHandlerConformance).GetMethod(test)!.Invoke(suite, [])!);
        // For the right reason: any other exception would hide a blind suite.
        string.Join(' ', $"{found?.Message}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ShouldContain(reason);
    }

    [Fact]
    public void Every_planted_fault_has_its_test()
    {
        var data = typeof(PlantedFaultTests)
            .GetMethod(nameof(A_planted_fault_is_found_by_the_test_that_is_there_for_it))!
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute));
        data.Count().ShouldBe(Enum.GetValues<PlantedFault>().Length - 1);
    }

    [Fact]
    public void Two_handlers_of_one_endpoint_end_the_start()
    {
        var endpoint = new InboxEndpoint(Guid.NewGuid(), "same");
        FakeHandler Handler() => new(PlantedFault.None) { Served = { endpoint } };
        Should.Throw<OperatorException>(() => new InboxHandlers([Handler(), Handler()])).Message.ShouldContain("same");
    }

    private sealed class Faulty(TestedDatabase database, PlantedFault fault) : InboxHandlerConformance(database)
    {
        private protected override async Task<InboxSource> StartAsync(TestedDatabase on) =>
            await FakeSource.StartAsync(on, fault);
    }
}
