using System.Net;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Profiles;
using Hatcheck.People.Users;
using Hatcheck.Platform.Audit;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Profiles;

public sealed class ProfilesOnSqlite(OnSqlite database) : ProfileTests(database), IClassFixture<OnSqlite>;

public sealed class ProfilesOnPostgres(OnPostgres database) : ProfileTests(database), IClassFixture<OnPostgres>;

public abstract class ProfileTests(TestedDatabase database)
{
    private const string Whole = """
        {
          "email": "Ada@Example.org",
          "email_verified": true,
          "first_name": "Ada",
          "last_name": "Lovelace",
          "display_name": "Ada 🧮",
          "picture_url": "https://example.org/a.png?s=1",
          "phone": "+49 (170) 123-45.67",
          "locale": "en-GB",
          "onboarding_state": "profile.complete",
          "external_subject": "user_2abc",
          "attributes": { "plan": "family", "note": "two\nlines" }
        }
        """;

    [Fact]
    public async Task A_user_is_made_with_a_profile_read_back_whole_and_unknown_to_another_tenant()
    {
        var tenant = await database.Node.NewTenantAsync();
        using var response = await tenant.Http.PostJsonAsync("/users", Whole);
        var made = await Task.FromResult(response).ReadAsync<UserResponse>(HttpStatusCode.Created);
        (response.Headers.ETag!.ToString(), response.Headers.Location!.ToString()).ShouldBe(("\"1\"", $"/users/{made.Id}"));
        var read = await tenant.Http.GetAsync(made.Id);
        foreach (var user in new[] { made, read })
        {
            (user.Version, user.UpdatedAt, user.DeletedAt, user.MergedInto, user.Identities.Count).ShouldBe(
                (1, user.CreatedAt, null, null, 0)
            );
            (user.Email, user.EmailVerified, user.FirstName, user.LastName, user.DisplayName).ShouldBe(
                ("Ada@Example.org", true, "Ada", "Lovelace", "Ada 🧮")
            );
            (user.PictureUrl, user.Phone, user.Locale, user.OnboardingState, user.ExternalSubject).ShouldBe(
                ("https://example.org/a.png?s=1", "+491701234567", "en-GB", "profile.complete", "user_2abc")
            );
            Text(user.Attributes).ShouldBe("note=two\nlines plan=family");
        }

        var other = await database.Node.NewTenantAsync();
        foreach (
            var sent in new[]
            {
                other.Http.GetAsync($"/users/{made.Id}"),
                other.Http.PutAsync(made.Id, "{}", "*"),
                other.Http.PatchAsync(made.Id, """{"first_name":"Eve"}"""),
                other.Http.DeleteAsync(made.Id),
                other.Http.RestoreAsync(made.Id),
            }
        )
        {
            await sent.ShouldFailAsync(404, ProblemCodes.UserNotFound);
        }

        (await other.Http.SearchAsync("""{"email":"ada@example.org","include_deleted":true}""")).ShouldBeEmpty();
        (await other.Http.GetAsync("/users").ReadAsync<UserPage>()).Items.ShouldBeEmpty();
        (await tenant.Http.GetAsync(made.Id)).FirstName.ShouldBe("Ada");
    }

    [Fact]
    public async Task A_messengers_user_gets_a_profile_by_patch_and_keeps_what_the_patch_does_not_name()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.ResolveAsync("4711")).Id;
        var first = await tenant
            .Http.PatchAsync(id, """{"first_name":"Ada","attributes":{"a":"1","b":"2"}}""")
            .ReadAsync<UserResponse>();
        (first.Version, first.FirstName, first.Email, first.EmailVerified, first.Identities.Count).ShouldBe(
            (2, "Ada", null, null, 1)
        );
        var second = await tenant
            .Http.PatchAsync(id, """{"last_name":"Lovelace","first_name":null,"attributes":{"a":null,"c":"3"}}""")
            .ReadAsync<UserResponse>();
        (second.Version, second.FirstName, second.LastName).ShouldBe((3, null, "Lovelace"));
        Text(second.Attributes).ShouldBe("b=2 c=3");
        (await tenant.Http.PatchAsync(id, """{"attributes":null}""").ReadAsync<UserResponse>()).Attributes.ShouldBeNull();
        // Nothing changes: no new version, no entry.
        var entries = await database.CountOfAsync("audit_pending", id);
        (
            await tenant.Http.PatchAsync(id, """{"last_name":"Lovelace","phone":null}""").ReadAsync<UserResponse>()
        ).Version.ShouldBe(4);
        (await database.CountOfAsync("audit_pending", id)).ShouldBe(entries);
    }

    [Fact]
    public async Task A_replacement_empties_what_it_leaves_out_and_needs_the_version_that_it_replaces()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync(Whole);
        await tenant.Http.PutAsync(user.Id, "{}", null).ShouldFailAsync(428, ProblemCodes.ProfileIfMatch);
        await tenant.Http.PutAsync(user.Id, "{}", "\"2\"").ShouldFailAsync(412, ProblemCodes.ProfileChanged);
        await tenant.Http.PutAsync(user.Id, "{}", "W/\"1\"").ShouldFailAsync(412, ProblemCodes.ProfileChanged);
        (await tenant.Http.PutAsync(user.Id, "{}", "1").ShouldFailAsync(400, ProblemCodes.Malformed)).Errors!.Keys.ShouldBe([
            "If-Match",
        ]);
        (await tenant.Http.GetAsync(user.Id)).Version.ShouldBe(1);
        using var response = await tenant.Http.PutAsync(user.Id, """{"display_name":"A."}""", "\"7\", \"1\"");
        var replaced = await Task.FromResult(response).ReadAsync<UserResponse>();
        response.Headers.ETag!.ToString().ShouldBe("\"2\"");
        (replaced.DisplayName, replaced.Email, replaced.FirstName, replaced.Attributes).ShouldBe(("A.", null, null, null));
        (await tenant.Http.SearchAsync("""{"email":"ada@example.org"}""")).ShouldBeEmpty();
        (await tenant.Http.SearchAsync("""{"phone":"+491701234567"}""")).ShouldBeEmpty();
        await tenant.Http.SendAsync(HttpMethod.Delete, user.Id, null, "\"1\"").ShouldFailAsync(412, ProblemCodes.ProfileChanged);
        (await tenant.Http.PutAsync(user.Id, "{}", "*")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_new_address_is_unverified_unless_it_is_said_to_be()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync("""{"email":"ada@example.org","email_verified":true}""");
        (
            await tenant.Http.PatchAsync(user.Id, """{"email":"ADA@example.org"}""").ReadAsync<UserResponse>()
        ).EmailVerified.ShouldBe(true);
        (
            await tenant.Http.PatchAsync(user.Id, """{"email":"eve@example.org"}""").ReadAsync<UserResponse>()
        ).EmailVerified.ShouldBe(false);
        (
            await tenant
                .Http.PatchAsync(user.Id, """{"email":"ada@example.org","email_verified":true}""")
                .ReadAsync<UserResponse>()
        ).EmailVerified.ShouldBe(true);
        (await tenant.Http.PatchAsync(user.Id, """{"email":null}""").ReadAsync<UserResponse>()).EmailVerified.ShouldBeNull();
        (
            await tenant.Http.PatchAsync(user.Id, """{"email_verified":true}""").ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["email_verified"]);
    }

    [Fact]
    public async Task What_stands_in_a_profile_never_resolves_to_its_person()
    {
        var tenant = await database.Node.NewTenantAsync();
        var typed = await tenant.Http.CreateAsync(
            """{"phone":"+491701234567","email":"ada@example.org","email_verified":true}"""
        );
        var messenger = await tenant.Http.ResolveAsync("+491701234567", "whatsapp");
        (messenger.Created, messenger.Id == typed.Id).ShouldBe((true, false));
        (await tenant.Http.SearchAsync("""{"phone":"+49 170 1234567"}""")).ShouldBe([typed.Id]);
        await using var connection = await database.OpenAsync();
        (
            await connection.ScalarAsync(
                "select count(*) from identities i join profile_values v on v.index_value = i.index_value"
            )
        ).ShouldBe(0L);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public async Task Tenants_of_either_scheme_and_blind_only_ones_have_profiles_that_are_found(int scheme, bool blindOnly)
    {
        // Another system's short key suffices for scheme 0, but not for a labelled index.
        using var imported = scheme == 0 ? new Hatcheck.Crypto.SecretBytes("short"u8) : null;
        var tenant = await database.Node.NewTenantAsync(blindOnly, scheme, imported);
        var user = await tenant.Http.CreateAsync("""{"email":"ada@example.org","phone":"+491701234567"}""");
        (await tenant.Http.SearchAsync("""{"email":"ADA@EXAMPLE.ORG"}""")).ShouldBe([user.Id]);
        (await tenant.Http.SearchAsync("""{"phone":"+491701234567"}""")).ShouldBe([user.Id]);
        await tenant
            .Http.PostJsonAsync("/users", """{"email":"ada@example.ORG"}""")
            .ShouldFailAsync(409, ProblemCodes.EmailTaken);
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_makes_nobody_and_another_request_with_it_is_refused()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        Task<HttpResponseMessage> SendAsync(HttpClient http, string body)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/users")
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", "one");
            return http.SendAsync(request);
        }

        using var other = second.Client(tenant.Key);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => SendAsync(i % 2 == 0 ? tenant.Http : other, """{"email":"ada@example.org"}"""))
        );
        var users = new HashSet<Guid>();
        foreach (var answer in answers)
            users.Add((await Task.FromResult(answer).ReadAsync<UserResponse>(HttpStatusCode.Created)).Id);
        users.Count.ShouldBe(1);
        answers.Count(answer => !answer.Headers.Contains("Idempotency-Replayed")).ShouldBe(1);
        await SendAsync(tenant.Http, """{"email":"eve@example.org"}""").ShouldFailAsync(422, ProblemCodes.IdempotencyMismatch);
        (await tenant.Http.GetAsync("/users").ReadAsync<UserPage>()).Items.Count.ShouldBe(1);
        // Another tenant's key of the same text is another key.
        var stranger = await database.Node.NewTenantAsync();
        users
            .Add(
                (
                    await SendAsync(stranger.Http, """{"email":"ada@example.org"}""")
                        .ReadAsync<UserResponse>(HttpStatusCode.Created)
                ).Id
            )
            .ShouldBeTrue();
    }

    [Fact]
    public async Task An_erasure_leaves_no_hash_of_the_profile_and_a_repeat_makes_nobody_anew()
    {
        var tenant = await database.Node.NewTenantAsync();
        Task<HttpResponseMessage> SendAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/users")
            {
                Content = new StringContent("""{"email":"ada@example.org"}""", Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", "one");
            return tenant.Http.SendAsync(request);
        }

        var user = await SendAsync().ReadAsync<UserResponse>(HttpStatusCode.Created);
        (await tenant.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).EnsureSuccessStatusCode();
        await using var behind = await database.OpenAsync();
        (
            await behind.RowsAsync($"select request_hash from idempotency_keys where resource_id = {RawSql.Literal(user.Id)}")
        ).ShouldBe([""]);
        await SendAsync().ShouldFailAsync(410, ProblemCodes.UserErased);
        (await tenant.Http.GetAsync("/users").ReadAsync<UserPage>()).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_change_is_recorded_with_the_names_of_its_fields_and_no_value()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync("""{"email":"ada@example.org","first_name":"canary"}""");
        await tenant
            .Http.PatchAsync(user.Id, """{"first_name":"canary2","attributes":{"plan":"canary3"}}""")
            .ReadAsync<UserResponse>();
        (await tenant.Http.DeleteAsync(user.Id)).EnsureSuccessStatusCode();
        (await tenant.Http.RestoreAsync(user.Id)).EnsureSuccessStatusCode();
        await using var connection = await database.OpenAsync();
        (
            await connection.RowsAsync(
                $"select act, actor from audit_pending where user_id = {RawSql.Literal(user.Id)} order by at, act"
            )
        ).ShouldBe(
            new[] { "create", "update", "delete", "restore" }.Select(act => $"user.{act}|key:{tenant.KeyId:N}"),
            ignoreOrder: true
        );
        var details = await database.AuditDetailsAsync(tenant.Id, user.Id);
        details.ShouldBe(["email first_name", "first_name attributes.plan"], ignoreOrder: true);
    }

    [Fact]
    public async Task Nothing_personal_of_a_profile_stands_readable_in_its_tables_or_the_log()
    {
        var canaries = new Canaries();
        string[] values =
        [
            "ada.canary@example.org",
            "Canaria",
            "+491709876543",
            "https://example.org/canary.png",
            "onboard.canary",
            "canary-value",
            "canary.key",
        ];
        foreach (var value in values)
            canaries.Plant(value, value);
        var tenant = await database.Node.NewTenantAsync();
        var body = $$"""
            {
              "email": "{{values[0]}}",
              "first_name": "{{values[1]}}",
              "phone": "{{values[2]}}",
              "picture_url": "{{values[3]}}",
              "onboarding_state": "{{values[4]}}",
              "attributes": { "{{values[6]}}": "{{values[5]}}" }
            }
            """;
        var user = await tenant.Http.CreateAsync(body);
        await tenant.Http.PatchAsync(user.Id, $$"""{"display_name":"{{values[1]}}"}""").ReadAsync<UserResponse>();
        await tenant.Http.PostJsonAsync("/users", body).ShouldFailAsync(409, ProblemCodes.EmailTaken);
        (await tenant.Http.SearchAsync($$"""{"phone":"{{values[2]}}"}""")).Count.ShouldBe(1);
        (await tenant.Http.DeleteAsync(user.Id)).EnsureSuccessStatusCode();
        await using var connection = await database.OpenAsync();
        foreach (var table in StoredRows.Tables)
        {
            foreach (var row in await connection.RowsAsync($"select * from {table}"))
                canaries.FoundIn(row).ShouldBeEmpty(table);
        }

        canaries
            .FoundIn(
                (byte[])(await connection.ScalarAsync($"select profile from profiles where user_id = {RawSql.Literal(user.Id)}"))!
            )
            .ShouldBeEmpty();
        canaries.FoundIn(database.Node.Log.ToString()).ShouldBeEmpty();
        canaries
            .FoundIn(JsonSerializer.Serialize(user, HatcheckJson.Default.UserResponse))
            .ShouldNotBeEmpty("the search itself works");
    }

    private static string Text(IReadOnlyDictionary<string, string>? attributes) =>
        string.Join(' ', attributes!.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_stored_locale_that_is_refused_today_stays_until_it_is_changed()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        await StoreAsync(tenant.Id, user.Id, before => before with { FirstName = "Ada", Locale = "xx-ZZ" });
        var held = await tenant.Http.GetAsync(user.Id);
        held.Locale.ShouldBe("xx-ZZ");
        (await tenant.Http.PatchAsync(user.Id, """{"first_name":"Eve"}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        const string Kept = """{"first_name":"Ada","locale":"xx-ZZ"}""";
        (await tenant.Http.PutAsync(user.Id, Kept, "*")).StatusCode.ShouldBe(HttpStatusCode.OK);
        const string Other = """{"locale":"xx-YY"}""";
        var patched = await tenant.Http.PatchAsync(user.Id, Other).ShouldFailAsync(422, ProblemCodes.Invalid);
        patched.Errors!.Keys.ShouldBe(["locale"]);
        await tenant.Http.PutAsync(user.Id, Other, "*").ShouldFailAsync(422, ProblemCodes.Invalid);
        (await tenant.Http.PatchAsync(user.Id, """{"locale":"en"}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await tenant.Http.PatchAsync(user.Id, """{"locale":"xx-ZZ"}""").ShouldFailAsync(422, ProblemCodes.Invalid);
        var stranger = await database.Node.NewTenantAsync();
        (await stranger.Http.GetAsync($"/users/{user.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    // Past validation, as an earlier release stored it.
    private async Task StoreAsync(Guid tenant, Guid user, Func<Profile, Profile> change)
    {
        var profiles = database.Node.Services.GetRequiredService<HeldProfiles>();
        var stored = await database
            .Node.Services.GetRequiredService<PersonChanges>()
            .RunAsync<Guid>(
                new ChangeTerms(tenant, user, Actor.Job("test")),
                async (held, stop) =>
                {
                    var before = (await HeldProfiles.ReadAsync(held.Db, held.Vault, [held.User], stop))[held.User];
                    var edit = new ProfileEdit(before, change(before.Profile), [], Actor.Job("test"));
                    await profiles.WriteAsync(held.Db, held.Vault, [edit], stop);
                    return held.User;
                },
                default
            );
        stored.OrThrow().ShouldBe(user);
    }
}
