# SPDX-License-Identifier: Apache-2.0
"""Machines elsewhere (R14): the same process under other time zones and locales, and what of its documents must be equal."""

import re
import subprocess

# time zone of the process, its locale, and the locale's source
PLACES = (("UTC", "C", None), ("America/New_York", "de_DE.UTF-8", "de_DE"), ("Asia/Kolkata", "tr_TR.UTF-8", "tr_TR"))
VERSION = re.compile(rb'"version":\d+')
OF_THE_GROUP = ("ce_source",)
OF_THE_VERSION = ("ce_id", "ce_version")


def environments(folder):
    """Environments for a process. A locale that this machine cannot make is asked for all the same: it falls back to C."""
    folder.mkdir(parents=True, exist_ok=True)
    for _, name, source in PLACES:
        if source:
            subprocess.run(["localedef", "-i", source, "-f", "UTF-8", folder / name], capture_output=True)
    return [{"TZ": zone, "LC_ALL": locale, "LANG": locale, "LOCPATH": str(folder)} for zone, locale, _ in PLACES]


def shown(records):
    """{(topic, key): what its last record says, byte for byte, but which group said it and at which sequence}"""
    out = {}
    for topic, some in records.items():
        for _, partition, _, _, _, key, headers, value in some:
            kept = [header for header in headers if header[0] not in OF_THE_GROUP + OF_THE_VERSION]
            out[topic, key] = partition, kept, value and VERSION.sub(b'"version":0', value)
    return out
