# SPDX-License-Identifier: Apache-2.0
"""Reads a topic of documents with python3-kafka, and prints the newest version of each key: foreign.py BROKERS TOPIC

To be run with -P: the module of that name beside this file is another.
"""

import sys

from kafka import KafkaConsumer, TopicPartition


def main():
    brokers, topic = sys.argv[1:]
    consumer = KafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends, newest = consumer.end_offsets(partitions), {}
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                version = int(dict(record.headers)["ce_version"])
                newest[record.key] = max(version, newest.get(record.key, 0))
    for key, version in newest.items():
        print(key.decode(), version)


main()
