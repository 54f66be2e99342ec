import base64
import pathlib
import unittest

from telegram_ids import TelegramIds, is_index, labelled

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "reference" / "blind-index.md"


def vectors():
    """Yields the rows of Telegram users in the published table, groups left out: scheme, key, id, value."""
    for row in PAGE.read_text(encoding="utf-8").split("## Vectors")[1].splitlines():
        cells = [cell.strip().strip("`") for cell in row.split("|")[1:-1]]
        if len(cells) == 7 and cells[0] in ("0", "1") and cells[3:5] == ["telegram", "user"] and cells[5].isdigit():
            yield int(cells[0]), bytes.fromhex(cells[1]), int(cells[5]), cells[6]


class TelegramIdTests(unittest.TestCase):
    @unittest.skipUnless(PAGE.exists(), "the page is not beside a copy of this folder")
    def test_the_published_vectors_are_what_is_computed(self):
        seen = 0
        for scheme, key, telegram_id, value in vectors():
            self.assertEqual(TelegramIds(key, scheme).hash(telegram_id), value)
            seen += 1
        self.assertGreaterEqual(seen, 7)

    def test_the_text_of_the_environment_is_the_key_as_it_stands_even_if_it_looks_like_hex(self):
        self.assertEqual(TelegramIds.from_text("a key that another system already had").hash(7012345678),
                         "f4bc0e38b892f32e6f9bbc65e384321a5fbad9512e1e207cad440c9a4f6ada92")
        self.assertNotEqual(TelegramIds.from_text("ab" * 16).hash(1), TelegramIds(bytes.fromhex("ab" * 16), 0).hash(1))

    def test_the_exported_line_carries_version_scheme_and_key(self):
        key = bytes(range(32))
        ids = TelegramIds.from_exported_line(f"hatcheck-index:3:1:{base64.b64encode(key).decode()}\n")
        self.assertEqual((ids.version, ids.scheme), (3, 1))
        self.assertEqual(ids.hash(7012345678), "688db7dc08d1db223982514d9fddd9a6500d176441763746a426cdf7601e633b")

    def test_what_is_no_exported_line_is_refused_without_being_repeated(self):
        short, foreign, unreadable = ("", "hatcheck-index:1:1"), ("other:1:1:AAAA",), ("hatcheck-index:1:1:not base64",)
        for line in (*short, *foreign, *unreadable, "hatcheck-index:x:1:AAAA", "hatcheck-index:1:2:AAAA"):
            with self.assertRaises(ValueError) as refusal:
                TelegramIds.from_exported_line(line)
            self.assertEqual(str(refusal.exception), "This is not a line of `hatcheck keys export-index`.")

    def test_what_is_no_persons_id_is_refused(self):
        ids = TelegramIds.from_text("a key")
        for wrong in (0, -1, 2**52 + 1, "42", " 42", "042", "\u0664", 4.0, True, None):
            with self.assertRaises(ValueError):
                ids.hash(wrong)
        self.assertTrue(is_index(ids.hash(1)) and is_index(ids.hash(2**52)))

    def test_only_64_lowercase_digits_are_a_hash(self):
        good = "0123456789abcdef" * 4
        self.assertTrue(is_index(good))
        for wrong in (good[1:], good + "0", good.upper(), good + "\n", "g" + good[1:], "7012345678", "", None, 5):
            self.assertFalse(is_index(wrong))

    def test_lengths_keep_neighbouring_fields_apart(self):
        self.assertEqual(labelled(b"ab", b"c"), b"\0\0\0\2ab\0\0\0\1c")
        self.assertNotEqual(labelled(b"ab", b"c"), labelled(b"a", b"bc"))

    def test_keys_that_cannot_be_meant_are_refused_and_none_is_printed(self):
        for key, scheme, version in ((b"", 0, 1), (b"short", 1, 1), (b"k" * 32, 2, 1), (b"k" * 32, 1, 0)):
            with self.assertRaises(ValueError):
                TelegramIds(key, scheme, version)
        self.assertEqual(repr(TelegramIds.from_text("a secret")), "TelegramIds(scheme=0, version=1)")
