using System.Net;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Usage;

public sealed class UsageOnSqlite(OnSqlite database) : UsageTests(database), IClassFixture<OnSqlite>;

public sealed class UsageOnPostgres(OnPostgres database) : UsageTests(database), IClassFixture<OnPostgres>
{
    [Fact]
    public async Task A_node_with_a_wrong_date_does_not_forget_the_keys_of_another()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (mine, theirs) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        var first = await AppendAsync(tenant.Http, mine, "k", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var wrong = new ManualTime(DateTimeOffset.UtcNow.AddHours(26));
        var skewed = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(wrong));
        await AppendAsync(skewed.Client(tenant.Key), theirs, "other", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (await AppendAsync(tenant.Http, mine, "k", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created)).Id.ShouldBe(first.Id);
        (await CountAsync(tenant, mine)).ShouldBe(1);
    }

    [Fact]
    public async Task A_key_is_not_kept_without_its_line_where_the_survivor_of_a_merge_is_deleted_at_that_moment()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (merged, survivor) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        await tenant.Http.MergeAsync(merged, survivor);
        await using var deleting = await database.OpenAsync();
        await deleting.ExecuteAsync("begin");
        await deleting.ExecuteAsync("update users set deleted_at = now() where user_id = $1", survivor);
        var waiting = AppendAsync(tenant.Http, merged, "k", Body);
        const string AtLock =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        await OutboxLook.UntilAsync(
            async () => await database.NumberAsync(AtLock) == 1,
            "it waits for the deletion",
            seconds: 30
        );
        await deleting.ExecuteAsync("commit");
        (await waiting).IsSuccessStatusCode.ShouldBeFalse();
        await database.ExecuteAsync("update users set deleted_at = null where user_id = $1", survivor);
        var again = await AppendAsync(tenant.Http, merged, "k", Body);
        again.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        await Task.FromResult(again).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (await CountAsync(tenant, survivor)).ShouldBe(1);
    }
}

public abstract class UsageTests(TestedDatabase database)
{
    protected const string Body = """{"action":"search.done","at":"2026-11-20T10:00:00.123456Z","attributes":{"lang":"de"}}""";

    [Fact]
    public async Task A_line_comes_back_as_it_was_written()
    {
        var (tenant, user) = await NewUserAsync();
        var written = await tenant.Http.PostJsonAsync($"/users/{user}/usage", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var read = (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.Single();
        (read.Id, read.At, read.Action).ShouldBe(
            (written.Id, DateTimeOffset.Parse("2026-11-20T10:00:00.123456Z"), "search.done")
        );
        read.Attributes!["lang"].ShouldBe("de");
    }

    [Fact]
    public async Task Another_tenant_sees_nothing_and_adds_nothing()
    {
        var (tenant, user) = await NewUserAsync();
        await tenant.Http.PostJsonAsync($"/users/{user}/usage", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var other = await database.Node.NewTenantAsync();
        var before = await database.CountAsync();
        var theirs = await other.Http.GetAsync($"/users/{user}/usage").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        var absent = await other.Http.GetAsync($"/users/{Guid.NewGuid()}/usage").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (theirs with { TraceId = null }).ShouldBe(absent with { TraceId = null });
        await other.Http.PostJsonAsync($"/users/{user}/usage", Body).ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (await database.CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_stores_nothing_and_another_request_with_it_is_refused()
    {
        var (tenant, user) = await NewUserAsync();
        var first = await AppendAsync(tenant.Http, user, "k1", Body);
        var entry = await Task.FromResult(first).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        first.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        var again = await AppendAsync(tenant.Http, user, "k1", Body);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        var replay = await Task.FromResult(again).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (replay.Id, replay.At, replay.Action).ShouldBe((entry.Id, entry.At, entry.Action));
        await AppendAsync(tenant.Http, user, "k1", Body.Replace("de", "en"))
            .ShouldFailAsync(422, ProblemCodes.IdempotencyMismatch);
        (await CountAsync(tenant, user)).ShouldBe(1);
        await AppendAsync(tenant.Http, user, "k2", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (await CountAsync(tenant, user)).ShouldBe(2);
    }

    [Fact]
    public async Task A_key_means_nothing_for_another_person()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var id in new[] { "1", "2" })
        {
            var user = (await tenant.Http.ResolveAsync(id)).Id;
            var answer = await AppendAsync(tenant.Http, user, "same", Body);
            answer.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
            (await CountAsync(tenant, user)).ShouldBe(1);
        }
    }

    [Fact]
    public async Task Fifty_repeats_at_once_on_two_nodes_store_one_line()
    {
        var (tenant, user) = await NewUserAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => AppendAsync(clients[i % 2], user, "same", Body)));
        var ids = await Task.WhenAll(
            answers.Select(answer => Task.FromResult(answer).ReadAsync<UsageEntry>(HttpStatusCode.Created))
        );
        ids.Select(entry => entry.Id).Distinct().Count().ShouldBe(1);
        answers.Count(answer => !answer.Headers.Contains("Idempotency-Replayed")).ShouldBe(1);
        (await CountAsync(tenant, user)).ShouldBe(1);
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day()
    {
        var time = new PassingTime(database);
        var node = await time.StartNodeAsync();
        var tenant = await node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("1")).Id;
        const string WithoutTime = """{"action":"a"}""";
        var first = await AppendAsync(tenant.Http, user, "k", WithoutTime).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (
            await AppendAsync(tenant.Http, user, "k", WithoutTime).ReadAsync<UsageEntry>(HttpStatusCode.Created)
        ).ShouldSatisfyAllConditions(entry => entry.Id.ShouldBe(first.Id), entry => entry.At.ShouldBe(first.At));
        await time.PassAsync(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1), "idempotency_keys.created_at");
        (await AppendAsync(tenant.Http, user, "k", WithoutTime).ReadAsync<UsageEntry>(HttpStatusCode.Created)).Id.ShouldBe(
            first.Id
        );
        await time.PassAsync(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1), "idempotency_keys.created_at");
        (await AppendAsync(tenant.Http, user, "k", WithoutTime).ReadAsync<UsageEntry>(HttpStatusCode.Created)).Id.ShouldNotBe(
            first.Id
        );
        (await database.CountOfAsync("idempotency_keys", user)).ShouldBe(1);
    }

    [Fact]
    public async Task A_repeat_after_a_merge_is_still_a_repeat()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (await tenant.Http.ResolveAsync("1"), await tenant.Http.ResolveAsync("2"));
        var first = await AppendAsync(tenant.Http, merged.Id, "k", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var code = await tenant
            .Http.PostJsonAsync($"/users/{survivor.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await tenant.Http.PostJsonAsync($"/users/{merged.Id}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        (await AppendAsync(tenant.Http, merged.Id, "k", Body).ReadAsync<UsageEntry>(HttpStatusCode.Created)).Id.ShouldBe(
            first.Id
        );
        (await CountAsync(tenant, survivor.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task Pages_give_every_line_once_newest_first_also_where_many_have_one_time()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (await tenant.Http.ResolveAsync("1"), await tenant.Http.ResolveAsync("2"));
        var written = new List<UsageEntry>();
        for (var i = 0; i < 12; i++)
        {
            var body = $$"""{"action":"a{{i}}","at":"2026-11-20T10:00:0{{i / 6}}Z"}""";
            written.Add(
                await tenant
                    .Http.PostJsonAsync($"/users/{(i % 2 == 0 ? survivor : merged).Id}/usage", body)
                    .ReadAsync<UsageEntry>(HttpStatusCode.Created)
            );
        }

        var code = await tenant
            .Http.PostJsonAsync($"/users/{survivor.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await tenant.Http.PostJsonAsync($"/users/{merged.Id}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        var read = new List<UsageEntry>();
        string? cursor = "";
        while (cursor is not null)
        {
            var page = await tenant
                .Http.GetAsync($"/users/{merged.Id}/usage?limit=5{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")
                .ReadAsync<UsagePage>();
            page.Items.Count.ShouldBeLessThanOrEqualTo(5);
            read.AddRange(page.Items);
            cursor = page.NextCursor;
        }

        read.Select(entry => entry.Id).ShouldBe(written.Select(entry => entry.Id), ignoreOrder: true);
        read.Select(entry => entry.At).ShouldBe(read.Select(entry => entry.At).OrderDescending());
    }

    [Fact]
    public async Task A_range_takes_its_beginning_and_leaves_its_end()
    {
        var (tenant, user) = await NewUserAsync();
        for (var hour = 10; hour < 14; hour++)
            await tenant
                .Http.PostJsonAsync($"/users/{user}/usage", $$"""{"action":"h{{hour}}","at":"2026-11-20T{{hour}}:00:00Z"}""")
                .ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var page = await tenant
            .Http.GetAsync($"/users/{user}/usage?from=2026-11-20T11:00:00Z&to=2026-11-20T14:00:00%2B01:00")
            .ReadAsync<UsagePage>();
        page.Items.Select(entry => entry.Action).ShouldBe(["h12", "h11"]);
        page.NextCursor.ShouldBeNull();
        (
            await tenant
                .Http.GetAsync($"/users/{user}/usage?from=2026-11-20T14:00:00Z&to=2026-11-20T11:00:00Z")
                .ReadAsync<UsagePage>()
        ).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Text_is_kept_as_written_in_every_script()
    {
        var (tenant, user) = await NewUserAsync();
        const string Text = "<script>alert('é')</script> 'or 1=1;-- \u202E \u05E9\u05DC\u05D5\u05DD 👩‍👩‍👧 {\\\"$ne\\\": 1}";
        await tenant
            .Http.PostJsonAsync($"/users/{user}/usage", $$"""{"action":"a","attributes":{"text":"{{Text}}"} }""")
            .ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var read = (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.Single();
        read.Attributes!["text"].ShouldBe(Text.Replace("\\", ""));
    }

    private async Task<(TestTenant Tenant, Guid User)> NewUserAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        return (tenant, (await tenant.Http.ResolveAsync("4711")).Id);
    }

    protected static async Task<int> CountAsync(TestTenant tenant, Guid user) =>
        (await tenant.Http.GetAsync($"/users/{user}/summary").ReadAsync<UserSummary>())
            .Sections.Single(section => section.Name == "usage")
            .Count;

    protected static Task<HttpResponseMessage> AppendAsync(HttpClient http, Guid user, string key, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user}/usage")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return http.SendAsync(request);
    }
}
