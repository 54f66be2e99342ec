namespace Hatcheck.Crypto.Tests;

/// <summary>The contract of every provider of key-encryption keys. A new one inherits this and creates its key.</summary>
public abstract class KeyEncryptionKeyConformance
{
    private static WrapContext Context { get; } = new(Sample.Address.Tenant, Sample.Address.User, KeyPurpose.Data, 3);

    /// <summary>The provider's key: the same key at every call.</summary>
    protected abstract IKeyEncryptionKey Make();

    /// <summary>Another key of the same provider.</summary>
    protected abstract IKeyEncryptionKey MakeOther();

    /// <summary>The printed key, in every form that the provider handles.</summary>
    protected abstract IEnumerable<string> PrintedForms();

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(1024)]
    public async Task What_was_wrapped_unwraps_to_the_same_bytes(int length)
    {
        using var kek = Make();
        using var key = SecretBytes.Random(length);
        var wrapped = await kek.WrapAsync(key, Context);
        using var again = await kek.UnwrapAsync(wrapped, Context);
        again.Matches(key.Reveal()).ShouldBeTrue();
        wrapped
            .AsSpan()
            .IndexOf(key.Reveal()[..Math.Min(8, length)])
            .ShouldBe(length < 8 ? wrapped.AsSpan().IndexOf(key.Reveal()) : -1);
    }

    [Fact]
    public async Task The_same_key_made_again_has_the_same_id_and_unwraps()
    {
        using var before = Make();
        using var key = SecretBytes.Random(32);
        var wrapped = await before.WrapAsync(key, Context);
        using var after = Make();
        after.Id.ShouldBe(before.Id);
        using var again = await after.UnwrapAsync(wrapped, Context);
        again.Matches(key.Reveal()).ShouldBeTrue();
    }

    [Fact]
    public async Task Wrapping_twice_never_gives_the_same_bytes()
    {
        using var kek = Make();
        using var key = SecretBytes.Random(32);
        (await kek.WrapAsync(key, Context)).ShouldNotBe(await kek.WrapAsync(key, Context));
    }

    [Fact]
    public async Task A_wrapped_key_does_not_unwrap_for_another_tenant_person_purpose_or_version()
    {
        using var kek = Make();
        using var key = SecretBytes.Random(32);
        var wrapped = await kek.WrapAsync(key, Context);
        var other = new Guid("99999999-0000-4000-8000-000000000000");
        WrapContext[] elsewhere =
        [
            Context with
            {
                Tenant = other,
            },
            Context with
            {
                User = other,
            },
            Context with
            {
                User = Guid.Empty,
            },
            Context with
            {
                Purpose = KeyPurpose.Audit,
            },
            Context with
            {
                Purpose = "dat",
            },
            Context with
            {
                Version = 4,
            },
            Context with
            {
                Tenant = Context.User,
                User = Context.Tenant,
            },
        ];
        foreach (var context in elsewhere)
            await ShouldNotUnwrap(kek, wrapped, context);
    }

    [Fact]
    public async Task A_wrapped_key_does_not_unwrap_under_another_key()
    {
        using var kek = Make();
        using var other = MakeOther();
        (other.Id == kek.Id).ShouldBeFalse();
        using var key = SecretBytes.Random(32);
        await ShouldNotUnwrap(other, await kek.WrapAsync(key, Context), Context);
    }

    [Fact]
    public async Task A_wrapped_key_cut_short_made_longer_or_changed_anywhere_does_not_unwrap()
    {
        using var kek = Make();
        using var key = SecretBytes.Random(32);
        var wrapped = await kek.WrapAsync(key, Context);
        for (var at = 0; at < wrapped.Length; at++)
        {
            await ShouldNotUnwrap(kek, wrapped[..at], Context);
            var changed = wrapped.ToArray();
            changed[at] ^= 0x20;
            await ShouldNotUnwrap(kek, changed, Context);
        }

        await ShouldNotUnwrap(kek, [.. wrapped, 0], Context);
        await ShouldNotUnwrap(kek, [.. wrapped, .. new byte[5000]], Context);
    }

    [Fact]
    public async Task Rewrapping_moves_a_key_to_another_key_and_leaves_it_the_same()
    {
        using var old = MakeOther();
        using var kek = Make();
        using var key = SecretBytes.Random(32);
        var wrapped = await old.WrapAsync(key, Context);
        var rewrapped = await kek.RewrapAsync(wrapped, Context, old);
        using var again = await kek.UnwrapAsync(rewrapped, Context);
        again.Matches(key.Reveal()).ShouldBeTrue();
        await ShouldNotUnwrap(old, rewrapped, Context);
        await Should.ThrowAsync<CannotOpenException>(async () => await kek.RewrapAsync(rewrapped, Context, old));
    }

    [Fact]
    public async Task Keys_without_bytes_or_over_1024_are_refused()
    {
        using var kek = Make();
        using var none = new SecretBytes([]);
        using var tooLong = SecretBytes.Random(1025);
        await Should.ThrowAsync<ArgumentException>(async () => await kek.WrapAsync(none, Context));
        await Should.ThrowAsync<ArgumentException>(async () => await kek.WrapAsync(tooLong, Context));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var kek = Make();
        using var key = SecretBytes.Random(32);
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(async () => await kek.WrapAsync(key, Context, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await kek.UnwrapAsync(new byte[61], Context, cancelled));
    }

    [Fact]
    public async Task Threads_wrap_and_unwrap_at_once()
    {
        using var kek = Make();
        await Parallel.ForAsync(
            0,
            2000,
            async (i, cancellation) =>
            {
                using var key = SecretBytes.Random(32);
                var context = Context with { Version = i + 1 };
                using var again = await kek.UnwrapAsync(await kek.WrapAsync(key, context, cancellation), context, cancellation);
                again.Matches(key.Reveal()).ShouldBeTrue();
            }
        );
    }

    [Fact]
    public void Neither_description_nor_id_prints_the_key()
    {
        using var kek = Make();
        var printed = $"{kek.Describe()} {kek.Id} {kek}";
        printed.ShouldContain(kek.Id);
        foreach (var form in PrintedForms())
            printed.ShouldNotContain(form, Case.Insensitive);
    }

    [Fact]
    public async Task A_disposed_key_neither_wraps_nor_unwraps()
    {
        using var key = SecretBytes.Random(32);
        var kek = Make();
        var wrapped = await kek.WrapAsync(key, Context);
        kek.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await kek.WrapAsync(key, Context));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await kek.UnwrapAsync(wrapped, Context));
    }

    private static async Task ShouldNotUnwrap(IKeyEncryptionKey kek, byte[] wrapped, WrapContext context) =>
        await Should.ThrowAsync<CannotOpenException>(async () => (await kek.UnwrapAsync(wrapped, context)).Dispose());
}
