/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/embedded_broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "edge/kafka_client.h"

struct embedded_broker {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
};

/*
 * The mock cluster leaves Nagle's algorithm on for the sockets it accepts, and every answer that
 * follows another then waits for the peer's delayed acknowledgement: 44 ms instead of 3. It has no
 * setting for that, so this definition takes the place of the C library's in the whole program.
 * Where the socket is not TCP the option is refused, which does no harm.
 */
int accept(int listener, __SOCKADDR_ARG address, socklen_t *restrict address_bytes);

int accept(int listener, __SOCKADDR_ARG address, socklen_t *restrict address_bytes)
{
    const int accepted = accept4(listener, address, address_bytes, 0);
    const int on = 1;
    if (accepted >= 0) {
        (void)setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return accepted;
}

static enum status create_topics(struct embedded_broker *broker, const char *prefix,
                                 int32_t partition_count, struct failure *failure)
{
    const struct kafka_settings settings = { .topic_prefix = prefix };
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        const struct kafka_topic_name name = kafka_topic_name(&settings, (enum topic)topic);
        const int count = topic == TOPIC_JOURNAL ? 1 : partition_count;
        const rd_kafka_resp_err_t error =
            rd_kafka_mock_topic_create(broker->cluster, name.text, count, 1);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return failure_set(failure, STATUS_UNREACHABLE, "embedded broker: topic %s: %s",
                               name.text, rd_kafka_err2str(error));
        }
    }
    return STATUS_OK;
}

static enum status host_cluster(struct embedded_broker *broker, struct failure *failure)
{
    char text[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    broker->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!broker->host) {
        rd_kafka_conf_destroy(conf);
        return failure_set(failure, STATUS_UNREACHABLE, "embedded broker: %s", text);
    }
    broker->cluster = rd_kafka_mock_cluster_new(broker->host, 1);
    if (!broker->cluster) {
        return failure_set(failure, STATUS_UNREACHABLE,
                           "embedded broker: cannot listen on the loopback interface");
    }
    return STATUS_OK;
}

enum status embedded_broker_open(const char *topic_prefix, int32_t partition_count,
                                 struct embedded_broker **out_broker, struct failure *failure)
{
    CHECK(partition_count > 0 && partition_count <= EMBEDDED_PARTITIONS_MAX);
    struct embedded_broker *broker = calloc(1, sizeof *broker);
    if (!broker) {
        return failure_set(failure, STATUS_UNREACHABLE, "no memory for the embedded broker");
    }
    enum status status = host_cluster(broker, failure);
    if (status == STATUS_OK) {
        status = create_topics(broker, topic_prefix, partition_count, failure);
    }
    if (status != STATUS_OK) {
        embedded_broker_close(broker);
        return status;
    }
    *out_broker = broker;
    return STATUS_OK;
}

const char *embedded_broker_servers(const struct embedded_broker *broker)
{
    return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}

void embedded_broker_close(struct embedded_broker *broker)
{
    if (!broker) {
        return;
    }
    if (broker->cluster) {
        rd_kafka_mock_cluster_destroy(broker->cluster);
    }
    if (broker->host) {
        rd_kafka_destroy(broker->host);
    }
    free(broker);
}
