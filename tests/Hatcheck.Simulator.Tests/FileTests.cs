using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Hatcheck.Simulator.Tests;

public sealed class FileTests
{
    [Fact]
    public async Task A_document_from_the_bot_reaches_the_page_as_a_download()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("/exportdata");
        var bytes = Encoding.UTF8.GetBytes("""{"name":"Ada"}""");
        var envelope = await Upload(
            sim,
            $"/bot{Simulated.Token}/sendDocument",
            "document",
            "my data.json",
            bytes,
            ("chat_id", $"{Simulated.Ada}"),
            ("caption", "<b>All of it</b>"),
            ("parse_mode", "HTML")
        );
        var message = envelope["result"]!;
        message["document"]!["file_name"]!.GetValue<string>().ShouldBe("my data.json");
        message["document"]!["file_size"]!.GetValue<long>().ShouldBe(bytes.Length);
        message["caption"]!.GetValue<string>().ShouldBe("All of it");
        message["caption_entities"]!.ToJsonString().ShouldBe("""[{"type":"bold","offset":0,"length":9}]""");

        var shown = (await sim.Chat())[1]!;
        shown["text"]!.GetValue<string>().ShouldBe("All of it");
        shown["file"]!["name"]!.GetValue<string>().ShouldBe("my data.json");
        using var download = await sim.Http.GetAsync(shown["file"]!["url"]!.GetValue<string>());
        (await download.Content.ReadAsByteArrayAsync()).ShouldBe(bytes);
        download.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        download.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task A_document_can_be_sent_again_by_its_id_and_attached_under_another_name()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        var envelope = await Upload(
            sim,
            $"/bot{Simulated.Token}/sendDocument",
            "the_file",
            "a.txt",
            "abc"u8.ToArray(),
            ("chat_id", $"{Simulated.Ada}"),
            ("document", "attach://the_file")
        );
        var id = envelope["result"]!["document"]!["file_id"]!.GetValue<string>();
        (await sim.Ok("sendDocument", new { chat_id = Simulated.Ada, document = id }))["document"]!["file_id"]!
            .GetValue<string>()
            .ShouldBe(id);
    }

    [Fact]
    public async Task A_document_from_a_person_can_be_fetched_by_the_bot()
    {
        await using var sim = await Simulated.StartAsync();
        await Upload(
            sim,
            $"/sim/chats/{Simulated.Ada}/{Simulated.Username}/files",
            "file",
            "../../list of songs.txt",
            "la la"u8.ToArray(),
            ("caption", "/import these")
        );
        var message = (await sim.Updates())[0]!["message"]!;
        message["document"]!["file_name"]!.GetValue<string>().ShouldBe("list of songs.txt");
        message["caption_entities"]![0]!["type"]!.GetValue<string>().ShouldBe("bot_command");
        var file = await sim.Ok("getFile", new { file_id = message["document"]!["file_id"]!.GetValue<string>() });
        (await sim.Http.GetStringAsync($"/file/bot{Simulated.Token}/{file["file_path"]}")).ShouldBe("la la");
        (await sim.Http.GetAsync($"/file/botnonsense/{file["file_path"]}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await sim.Http.GetAsync($"/file/bot{Simulated.Token}/documents/none/x")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_bot_fetches_no_more_than_20_MB_and_sends_no_more_than_50_MB()
    {
        await using var sim = await Simulated.StartAsync();
        await Upload(
            sim,
            $"/sim/chats/{Simulated.Ada}/{Simulated.Username}/files",
            "file",
            "big.bin",
            new byte[(20 * 1024 * 1024) + 1]
        );
        var id = (await sim.Updates())[0]!["message"]!["document"]!["file_id"]!.GetValue<string>();
        (await sim.Refused("getFile", new { file_id = id })).ShouldBe("400 Bad Request: file is too big");

        var sent = await Upload(
            sim,
            $"/bot{Simulated.Token}/sendDocument",
            "document",
            "huge.bin",
            new byte[(50 * 1024 * 1024) + 1],
            ("chat_id", $"{Simulated.Ada}")
        );
        sent.ToJsonString().ShouldBe("""{"ok":false,"error_code":413,"description":"Request Entity Too Large"}""");
    }

    [Fact]
    public async Task An_empty_document_is_refused_and_so_is_a_file_where_none_belongs()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        var address = $"/bot{Simulated.Token}/sendDocument";
        (await Upload(sim, address, "document", "empty", [], ("chat_id", $"{Simulated.Ada}")))["description"]!
            .GetValue<string>()
            .ShouldBe("Bad Request: file must be non-empty");
        (await Upload(sim, address, "caption", "x", [1], ("chat_id", $"{Simulated.Ada}")))["description"]!
            .GetValue<string>()
            .ShouldBe("Bad Request: field \"caption\" must be of type String");
        (await Upload(sim, address, "picture", "x", [1], ("chat_id", $"{Simulated.Ada}")))["description"]!
            .GetValue<string>()
            .ShouldBe("Bad Request: unknown field \"picture\" in sendDocument");
    }

    [Theory]
    [InlineData("/sim/chats/5839204117/music_bot/files")]
    [InlineData("/bot" + Simulated.Token + "/sendDocument")]
    public async Task A_broken_form_is_a_bad_request(string path)
    {
        await using var sim = await Simulated.StartAsync();
        foreach (var type in (string[])["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"])
        {
            using var content = new ByteArrayContent("--x\r\nnonsense"u8.ToArray());
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var response = await sim.Http.PostAsync(path, content);
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Old_files_make_room_for_new_ones()
    {
        await using var sim = await Simulated.StartAsync(o => o.StoredFileBytes = 10);
        foreach (var name in (string[])["one", "two"])
            await Upload(sim, $"/sim/chats/{Simulated.Ada}/{Simulated.Username}/files", "file", name, new byte[6]);
        var urls = (await sim.Chat()).Select(m => m!["file"]!["url"]!.GetValue<string>()).ToArray();
        (await sim.Http.GetAsync(urls[0])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await sim.Http.GetAsync(urls[1])).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<JsonNode> Upload(
        Simulated sim,
        string path,
        string field,
        string fileName,
        byte[] bytes,
        params (string Name, string Value)[] others
    )
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in others)
            form.Add(new StringContent(value), name);
        form.Add(new ByteArrayContent(bytes), field, fileName);
        using var response = await sim.Http.PostAsync(path, form);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
