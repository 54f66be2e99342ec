#!/usr/bin/env python3
"""Writes the lists that time zones and language tags are checked against (docs/adr/0015-locale-lists-are-built-in.md).

    ci/locale-data.py TZDATA_ZI REGISTRY_JSON FILE_DATE

TZDATA_ZI is tzdata.zi of the IANA time zone database (Debian: /usr/share/zoneinfo/tzdata.zi); REGISTRY_JSON is
data/json/registry.json of the npm package language-subtag-registry, and FILE_DATE the date in its meta.json.
"""
import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).parent.parent / "src" / "Hatcheck.Platform" / "Locales"
BY = "# Written by ci/locale-data.py."


def time_zones(source):
    version, names = "", set()
    for line in source.splitlines():
        fields = line.split()
        if line.startswith("# version"):
            version = fields[2]
        elif fields[:1] == ["Z"]:
            names.add(fields[1])
        elif fields[:1] == ["L"]:
            names.add(fields[2])
    # The zone of a machine that nobody has set up.
    names.discard("Factory")
    return [f"# Names of zones and links of the IANA time zone database (public domain), version {version}.", BY, *sorted(names)]


def subtags(registry, date):
    kinds = {}
    for record in registry:
        # Ranges are for private use, which nobody else can read.
        if ".." in record.get("Subtag", "..") or record.get("Scope") == "private-use":
            continue
        text = record["Subtag"].lower()
        if record["Type"] == "extlang":
            text += ":" + record["Prefix"][0].lower()
        kinds.setdefault(record["Type"], set()).add(text)
    head = (
        f"# The subtags of the IANA Language Subtag Registry (BCP 47), file date {date}, lower case; "
        "of an extended language also the one that it extends."
    )
    order = ("language", "extlang", "script", "region", "variant")
    return [head, BY, *(f"{kind} {' '.join(sorted(kinds[kind]))}" for kind in order)]


def write(name, lines):
    (TARGET / name).write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    zones, registry, date = sys.argv[1:]
    write("time-zones.txt", time_zones(pathlib.Path(zones).read_text(encoding="ascii")))
    write("language-subtags.txt", subtags(json.loads(pathlib.Path(registry).read_text(encoding="utf-8")), date))
