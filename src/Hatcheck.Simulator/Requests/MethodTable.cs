using System.Collections.Frozen;

namespace Hatcheck.Simulator.Requests;

/// <summary>
/// The supported methods, as described in https://core.telegram.org/bots/api (10.1). "name: type|type", with "!" if
/// required. A test compares the table with the published description if that is present.
/// </summary>
internal static class MethodTable
{
    public static FrozenDictionary<string, Shape> Methods { get; } =
        Shape.ByName([
            Of("getMe"),
            Of("getUpdates", "offset: Integer", "limit: Integer", "timeout: Integer", "allowed_updates: Array of String"),
            Of(
                "setWebhook",
                "url: String!",
                "certificate: InputFile",
                "ip_address: String",
                "max_connections: Integer",
                "allowed_updates: Array of String",
                "drop_pending_updates: Boolean",
                "secret_token: String"
            ),
            Of("deleteWebhook", "drop_pending_updates: Boolean"),
            Of("getWebhookInfo"),
            Of("logOut"),
            Of("close"),
            Of(
                "sendMessage",
                "business_connection_id: String",
                "chat_id: Integer|String!",
                "message_thread_id: Integer",
                "direct_messages_topic_id: Integer",
                "text: String!",
                "parse_mode: String",
                "entities: Array of MessageEntity",
                "link_preview_options: LinkPreviewOptions",
                "disable_notification: Boolean",
                "protect_content: Boolean",
                "allow_paid_broadcast: Boolean",
                "message_effect_id: String",
                "suggested_post_parameters: SuggestedPostParameters",
                "reply_parameters: ReplyParameters",
                "reply_markup: InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply"
            ),
            Of(
                "editMessageText",
                "business_connection_id: String",
                "chat_id: Integer|String",
                "message_id: Integer",
                "inline_message_id: String",
                "text: String",
                "parse_mode: String",
                "entities: Array of MessageEntity",
                "link_preview_options: LinkPreviewOptions",
                "rich_message: InputRichMessage",
                "reply_markup: InlineKeyboardMarkup"
            ),
            Of(
                "editMessageReplyMarkup",
                "business_connection_id: String",
                "chat_id: Integer|String",
                "message_id: Integer",
                "inline_message_id: String",
                "reply_markup: InlineKeyboardMarkup"
            ),
            Of("deleteMessage", "chat_id: Integer|String!", "message_id: Integer!"),
            Of(
                "answerCallbackQuery",
                "callback_query_id: String!",
                "text: String",
                "show_alert: Boolean",
                "url: String",
                "cache_time: Integer"
            ),
            Of(
                "sendDocument",
                "business_connection_id: String",
                "chat_id: Integer|String!",
                "message_thread_id: Integer",
                "direct_messages_topic_id: Integer",
                "document: InputFile|String!",
                "thumbnail: InputFile|String",
                "caption: String",
                "parse_mode: String",
                "caption_entities: Array of MessageEntity",
                "disable_content_type_detection: Boolean",
                "disable_notification: Boolean",
                "protect_content: Boolean",
                "allow_paid_broadcast: Boolean",
                "message_effect_id: String",
                "suggested_post_parameters: SuggestedPostParameters",
                "reply_parameters: ReplyParameters",
                "reply_markup: InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply"
            ),
            Of(
                "sendChatAction",
                "business_connection_id: String",
                "chat_id: Integer|String!",
                "message_thread_id: Integer",
                "action: String!"
            ),
            Of("getFile", "file_id: String!"),
            Of("setMyCommands", "commands: Array of BotCommand!", "scope: BotCommandScope", "language_code: String"),
            Of("getMyCommands", "scope: BotCommandScope", "language_code: String"),
            Of("deleteMyCommands", "scope: BotCommandScope", "language_code: String"),
            Of("getChat", "chat_id: Integer|String!"),
        ]);

    private static Shape Of(string name, params string[] fields) => Shape.Of(name, fields);
}
