/* client: the rows of the option table: Kafka 4.3's client properties with the Java client's
 * defaults, and librdkafka's other names of them. In byte order of the names. */
#include "client/option.h"

enum {
    PRODUCER = KC_OPTION_PRODUCER,
    CONSUMER = KC_OPTION_CONSUMER,
    ADMIN = KC_OPTION_ADMIN,
    ALL = KC_OPTION_ALL
};

#define NUMBER(name, scope, kind, kind_name, value, min, max, text)                                \
    {                                                                                              \
        { name, kind_name, scope, value, #min ".." #max, text }, kind, OPTION_USED, min, max, NULL \
    }
#define INT(name, scope, value, min, max, text) \
    NUMBER(name, scope, OPTION_INT, "int", value, min, max, text)
#define LONG(name, scope, value, min, max, text) \
    NUMBER(name, scope, OPTION_LONG, "long", value, min, max, text)
#define WORDS(name, scope, kind, kind_name, value, range, use, other, text)    \
    {                                                                          \
        { name, kind_name, scope, value, range, text }, kind, use, 0, 0, other \
    }
#define BOOL(name, scope, value, text) \
    WORDS(name, scope, OPTION_BOOL, "boolean", value, "true|false", OPTION_USED, NULL, text)
#define CHOICE(name, scope, value, range, text) \
    WORDS(name, scope, OPTION_CHOICE, "string", value, range, OPTION_USED, NULL, text)
/* Upper and lower case do not differ, as in Java. */
#define FOLD(name, scope, value, range, text) \
    WORDS(name, scope, OPTION_FOLD, "string", value, range, OPTION_USED, NULL, text)
#define TEXT(name, scope, value, text) \
    WORDS(name, scope, OPTION_STRING, "string", value, NULL, OPTION_USED, NULL, text)
/* Never shown. */
#define SECRET(name, text) \
    WORDS(name, ALL, OPTION_SECRET, "password", NULL, NULL, OPTION_USED, NULL, text)
#define LIST(name, scope, value, text) \
    WORDS(name, scope, OPTION_LIST, "list", value, NULL, OPTION_USED, NULL, text)
#define UNBUILT(name, scope, kind, kind_name, value, range, what, text) \
    WORDS(name, scope, kind, kind_name, value, range, OPTION_UNBUILT, what, text)
/* A good value is taken, and has no effect yet. */
#define IDLE(name, scope, kind, kind_name, value, range, min, max, text)                         \
    {                                                                                            \
        { name, kind_name, scope, value, range, text "; has no effect yet" }, kind, OPTION_IDLE, \
            min, max, NULL                                                                       \
    }
#define SECURITY(name, kind, kind_name, value)          \
    IDLE(name, ALL, kind, kind_name, value, NULL, 0, 0, \
         "Kafka's property of this name, for TLS and SASL")
#define SECURITY_BOOL(name, value)                                     \
    IDLE(name, ALL, OPTION_BOOL, "boolean", value, "true|false", 0, 0, \
         "Kafka's property of this name, for TLS and SASL")
#define SECURITY_NUMBER(name, kind, kind_name, value, min, max)       \
    IDLE(name, ALL, kind, kind_name, value, #min ".." #max, min, max, \
         "Kafka's property of this name, for TLS and SASL")
#define ALIAS(name, scope, real)                                                \
    WORDS(name, scope, OPTION_STRING, "string", NULL, NULL, OPTION_ALIAS, real, \
          "Another name of " real)
/* A Java class that selects what is built in here; any other is listed in the warning. */
#define SERDE(name, scope, what)                                               \
    WORDS(name, scope, OPTION_STRING, "string", NULL, NULL, OPTION_JAVA, NULL, \
          what ": a Java class of Kafka's or its short name (string, integer, long, ...)")
#define JAVA(name, scope)                                                      \
    WORDS(name, scope, OPTION_STRING, "string", NULL, NULL, OPTION_JAVA, NULL, \
          "Means something to Java clients only; accepted")

const struct option option_table[] = {
    CHOICE("acks", PRODUCER, "all", "all|-1|0|1",
           "How many replicas must have a record before it counts as written"),
    BOOL("allow.auto.create.topics", CONSUMER, "true",
         "Lets a metadata request for a subscribed topic create it"),
    INT("auto.commit.interval.ms", CONSUMER, "5000", 0, 2147483647,
        "Time between two background commits of offsets"),
    JAVA("auto.include.jmx.reporter", ALL),
    CHOICE("auto.offset.reset", CONSUMER, "latest", "latest|earliest|none|by_duration:",
           "Where to start when the group has no valid offset"),
    INT("batch.size", PRODUCER, "16384", 0, 2147483647,
        "Bytes of one partition's batch that are gathered before it is sent"),
    LIST("bootstrap.controllers", ADMIN, NULL,
         "Controllers to ask instead of brokers (KIP-919), HOST:PORT separated by commas"),
    LIST("bootstrap.servers", ALL, NULL, "Brokers to start from, HOST:PORT separated by commas"),
    LONG("buffer.memory", PRODUCER, "33554432", 0, 9223372036854775807,
         "Bytes of records that may wait for delivery"),
    BOOL("check.crcs", CONSUMER, "true", "Checks the CRC of every batch that is read"),
    CHOICE("client.dns.lookup", ALL, "use_all_dns_ips",
           "use_all_dns_ips|resolve_canonical_bootstrap_servers_only",
           "How a host name of bootstrap.servers becomes addresses"),
    TEXT("client.id", ALL, "", "Name sent to brokers, seen in their logs and quotas"),
    TEXT("client.rack", CONSUMER, NULL,
         "Where this client stands, so that it may read from a near replica"),
    ALIAS("compression.codec", PRODUCER, "compression.type"),
    INT("compression.gzip.level", PRODUCER, "-1", -1, 9, "Level of gzip"),
    INT("compression.lz4.level", PRODUCER, "9", 1, 17, "Level of lz4"),
    CHOICE("compression.type", PRODUCER, "none", "none|gzip|snappy|lz4|zstd",
           "Codec of the batches that are sent"),
    INT("compression.zstd.level", PRODUCER, "3", -131072, 22, "Level of zstd"),
    JAVA("config.providers", ALL),
    LONG("connections.max.idle.ms", ALL, "540000", -1, 9223372036854775807,
         "A connection that is idle for so long is closed; 0 or -1: never"),
    INT("default.api.timeout.ms", CONSUMER | ADMIN, "60000", 0, 2147483647,
        "Limit of calls that name no limit of their own"),
    INT("delivery.timeout.ms", PRODUCER, "120000", 0, 2147483647,
        "Time within which a record is reported, delivered or not"),
    BOOL("enable.auto.commit", CONSUMER, "true",
         "Commits the positions of finished polls in the background"),
    BOOL("enable.auto.offset.store", CONSUMER, "true",
         "Finished polls count as to be committed; false: only what kc_consumer_store is given"),
    BOOL("enable.idempotence", PRODUCER, "true",
         "Neither duplicates nor reordering within a partition"),
    IDLE("enable.metrics.push", ALL, OPTION_BOOL, "boolean", "true", "true|false", 0, 0,
         "Client metrics pushed to the broker (KIP-714)"),
    BOOL("exclude.internal.topics", CONSUMER, "true",
         "Leaves internal topics out of pattern subscriptions"),
    INT("fetch.max.bytes", CONSUMER, "52428800", 0, 2147483647, "Bytes of one fetch response"),
    INT("fetch.max.wait.ms", CONSUMER, "500", 0, 2147483647,
        "How long a broker waits for fetch.min.bytes"),
    ALIAS("fetch.message.max.bytes", CONSUMER, "max.partition.fetch.bytes"),
    INT("fetch.min.bytes", CONSUMER, "1", 0, 2147483647,
        "Bytes that a broker waits for before it answers a fetch"),
    ALIAS("fetch.wait.max.ms", CONSUMER, "fetch.max.wait.ms"),
    TEXT("group.id", CONSUMER, NULL, "The consumer group"),
    TEXT("group.instance.id", CONSUMER, NULL, "Name of a static member (KIP-345)"),
    FOLD("group.protocol", CONSUMER, "classic", "classic|consumer",
         "Which group protocol is spoken (KIP-848 is consumer)"),
    TEXT("group.remote.assignor", CONSUMER, NULL, "Assignor that the broker shall use (KIP-848)"),
    INT("heartbeat.interval.ms", CONSUMER, "3000", 0, 2147483647,
        "Time between heartbeats of the classic group protocol; sooner behind a join, at first"),
    JAVA("interceptor.classes", PRODUCER | CONSUMER),
    JAVA("internal.throw.on.fetch.stable.offset.unsupported", CONSUMER),
    CHOICE("isolation.level", CONSUMER, "read_uncommitted", "read_uncommitted|read_committed",
           "Whether records of open and aborted transactions are seen"),
    SERDE("key.deserializer", CONSUMER, "How keys are deserialized"),
    SERDE("key.serializer", PRODUCER, "How keys of messages are serialized"),
    LONG("linger.ms", PRODUCER, "5", 0, 9223372036854775807,
         "Time to wait for more records before a batch is sent"),
    LONG("max.block.ms", PRODUCER, "60000", 0, 9223372036854775807,
         "How long a send may wait for metadata or for memory"),
    ALIAS("max.in.flight", PRODUCER, "max.in.flight.requests.per.connection"),
    INT("max.in.flight.requests.per.connection", PRODUCER, "5", 1, 2147483647,
        "Requests to one broker that wait for their answer"),
    INT("max.partition.fetch.bytes", CONSUMER, "1048576", 0, 2147483647,
        "Bytes of one partition in a fetch response; unless set, more where few partitions are "
        "read"),
    INT("max.poll.interval.ms", CONSUMER, "300000", 1, 2147483647,
        "A consumer that polls less often leaves its group"),
    INT("max.poll.records", CONSUMER, "500", 1, 2147483647,
        "Records that one poll returns at most"),
    INT("max.request.size", PRODUCER, "1048576", 0, 2147483647,
        "Bytes of one request, and of one record before compression"),
    ALIAS("message.max.bytes", PRODUCER, "max.request.size"),
    ALIAS("message.send.max.retries", PRODUCER, "retries"),
    ALIAS("message.timeout.ms", PRODUCER, "delivery.timeout.ms"),
    ALIAS("metadata.broker.list", ALL, "bootstrap.servers"),
    LONG("metadata.max.age.ms", ALL, "300000", 0, 9223372036854775807,
         "Metadata older than this is asked for again"),
    IDLE("metadata.max.idle.ms", PRODUCER, OPTION_LONG, "long", "300000",
         "5000..9223372036854775807", 5000, 9223372036854775807,
         "A topic that is not used for so long is forgotten"),
    LONG("metadata.recovery.rebootstrap.trigger.ms", ALL, "300000", 0, 9223372036854775807,
         "After so long without metadata start from bootstrap.servers again"),
    FOLD("metadata.recovery.strategy", ALL, "rebootstrap", "rebootstrap|none",
         "What happens when no known broker can be reached"),
    JAVA("metric.reporters", ALL),
    JAVA("metrics.num.samples", ALL),
    JAVA("metrics.recording.level", ALL),
    JAVA("metrics.sample.window.ms", ALL),
    LIST("partition.assignment.strategy", CONSUMER,
         "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer."
         "CooperativeStickyAssignor",
         "Assignors of the classic group protocol, the preferred one first"),
    ALIAS("partitioner", PRODUCER, "partitioner.class"),
    BOOL("partitioner.adaptive.partitioning.enable", PRODUCER, "true",
         "Records without key go less often to slow brokers (KIP-794)"),
    LONG("partitioner.availability.timeout.ms", PRODUCER, "0", 0, 9223372036854775807,
         "A broker that takes nothing for so long gets no records without key; 0: off"),
    TEXT("partitioner.class", PRODUCER, NULL,
         "How a partition is chosen: empty for Java's default, RoundRobinPartitioner, or one of "
         "librdkafka's (consistent_random, fnv1a, ...)"),
    BOOL("partitioner.ignore.keys", PRODUCER, "false",
         "Chooses partitions as if records had no key"),
    ALIAS("queue.buffering.max.ms", PRODUCER, "linger.ms"),
    INT("queued.max.messages.kbytes", CONSUMER, "65536", 1, 2097151,
        "Kilobytes of records that are read ahead, for all partitions together"),
    INT("receive.buffer.bytes", ALL, "-1", -1, 2147483647, "SO_RCVBUF; -1 leaves it to the system"),
    LONG("reconnect.backoff.max.ms", ALL, "1000", 0, 9223372036854775807,
         "Longest wait between attempts to connect to one broker"),
    LONG("reconnect.backoff.ms", ALL, "50", 0, 9223372036854775807,
         "First wait between attempts to connect to one broker"),
    ALIAS("request.required.acks", PRODUCER, "acks"),
    INT("request.timeout.ms", ALL, "30000", 0, 2147483647, "How long an answer may take"),
    INT("retries", PRODUCER | ADMIN, "2147483647", 0, 2147483647,
        "How often a failed request is tried again"),
    LONG("retry.backoff.max.ms", ALL, "1000", 0, 9223372036854775807,
         "Longest wait before a request is tried again"),
    LONG("retry.backoff.ms", ALL, "100", 0, 9223372036854775807,
         "First wait before a request is tried again"),
    JAVA("sasl.client.callback.handler.class", ALL),
    SECRET("sasl.jaas.config",
           "Login as in Java: Kafka's PlainLoginModule or ScramLoginModule required "
           "username=\"..\" password=\"..\"; with tokenauth=true for a delegation token"),
    SECURITY("sasl.kerberos.kinit.cmd", OPTION_STRING, "string", "/usr/bin/kinit"),
    SECURITY("sasl.kerberos.min.time.before.relogin", OPTION_LONG, "long", "60000"),
    SECURITY("sasl.kerberos.service.name", OPTION_STRING, "string", NULL),
    SECURITY("sasl.kerberos.ticket.renew.jitter", OPTION_DOUBLE, "double", "0.05"),
    SECURITY("sasl.kerberos.ticket.renew.window.factor", OPTION_DOUBLE, "double", "0.8"),
    JAVA("sasl.login.callback.handler.class", ALL),
    JAVA("sasl.login.class", ALL),
    SECURITY("sasl.login.connect.timeout.ms", OPTION_INT, "int", NULL),
    SECURITY("sasl.login.read.timeout.ms", OPTION_INT, "int", NULL),
    SECURITY_NUMBER("sasl.login.refresh.buffer.seconds", OPTION_SHORT, "short", "300", 0, 3600),
    SECURITY_NUMBER("sasl.login.refresh.min.period.seconds", OPTION_SHORT, "short", "60", 0, 900),
    SECURITY("sasl.login.refresh.window.factor", OPTION_DOUBLE, "double", "0.8"),
    SECURITY("sasl.login.refresh.window.jitter", OPTION_DOUBLE, "double", "0.05"),
    SECURITY("sasl.login.retry.backoff.max.ms", OPTION_LONG, "long", "10000"),
    SECURITY("sasl.login.retry.backoff.ms", OPTION_LONG, "long", "100"),
    TEXT("sasl.mechanism", ALL, "GSSAPI",
         "How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; GSSAPI and OAUTHBEARER are not "
         "built yet"),
    ALIAS("sasl.mechanisms", ALL, "sasl.mechanism"),
    SECURITY("sasl.oauthbearer.assertion.algorithm", OPTION_STRING, "string", "RS256"),
    SECURITY("sasl.oauthbearer.assertion.claim.aud", OPTION_STRING, "string", NULL),
    SECURITY_NUMBER("sasl.oauthbearer.assertion.claim.exp.seconds", OPTION_INT, "int", "300", 0,
                    86400),
    SECURITY("sasl.oauthbearer.assertion.claim.iss", OPTION_STRING, "string", NULL),
    SECURITY_BOOL("sasl.oauthbearer.assertion.claim.jti.include", "false"),
    SECURITY_NUMBER("sasl.oauthbearer.assertion.claim.nbf.seconds", OPTION_INT, "int", "60", 0,
                    3600),
    SECURITY("sasl.oauthbearer.assertion.claim.sub", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.assertion.file", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.assertion.private.key.file", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.assertion.private.key.passphrase", OPTION_SECRET, "password", NULL),
    SECURITY("sasl.oauthbearer.assertion.template.file", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.client.credentials.client.id", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.client.credentials.client.secret", OPTION_SECRET, "password", NULL),
    SECURITY("sasl.oauthbearer.clock.skew.seconds", OPTION_INT, "int", "30"),
    SECURITY("sasl.oauthbearer.expected.audience", OPTION_LIST, "list", NULL),
    SECURITY("sasl.oauthbearer.expected.issuer", OPTION_STRING, "string", NULL),
    SECURITY_BOOL("sasl.oauthbearer.header.urlencode", "false"),
    SECURITY("sasl.oauthbearer.jwks.endpoint.refresh.ms", OPTION_LONG, "long", "3600000"),
    SECURITY("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", OPTION_LONG, "long", "10000"),
    SECURITY("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", OPTION_LONG, "long", "100"),
    SECURITY("sasl.oauthbearer.jwks.endpoint.url", OPTION_STRING, "string", NULL),
    JAVA("sasl.oauthbearer.jwt.retriever.class", ALL),
    JAVA("sasl.oauthbearer.jwt.validator.class", ALL),
    SECURITY("sasl.oauthbearer.scope", OPTION_STRING, "string", NULL),
    SECURITY("sasl.oauthbearer.scope.claim.name", OPTION_STRING, "string", "scope"),
    SECURITY("sasl.oauthbearer.sub.claim.name", OPTION_STRING, "string", "sub"),
    SECURITY("sasl.oauthbearer.token.endpoint.url", OPTION_STRING, "string", NULL),
    SECRET("sasl.password", "Password of sasl.username; a delegation token's needs "
                            "sasl.jaas.config"),
    TEXT("sasl.username", ALL, NULL, "Who logs in by PLAIN or SCRAM, instead of sasl.jaas.config"),
    FOLD("security.protocol", ALL, "PLAINTEXT", "PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL",
         "How brokers are talked to: PLAINTEXT, or SASL_PLAINTEXT with a login; TLS is not built "
         "yet"),
    JAVA("security.providers", ALL),
    INT("send.buffer.bytes", ALL, "-1", -1, 2147483647, "SO_SNDBUF; -1 leaves it to the system"),
    INT("session.timeout.ms", CONSUMER, "45000", 0, 2147483647,
        "Without a heartbeat for so long a classic member is out"),
    IDLE("share.acknowledgement.mode", CONSUMER, OPTION_FOLD, "string", "implicit",
         "implicit|explicit", 0, 0, "How records of a share group are acknowledged (KIP-932)"),
    IDLE("share.acquire.mode", CONSUMER, OPTION_FOLD, "string", "batch_optimized",
         "batch_optimized|record_limit", 0, 0, "How records of a share group are acquired"),
    LONG("socket.connection.setup.timeout.max.ms", ALL, "30000", 0, 9223372036854775807,
         "Longest limit of opening a connection"),
    LONG("socket.connection.setup.timeout.ms", ALL, "10000", 0, 9223372036854775807,
         "First limit of opening a connection"),
    SECURITY("ssl.ca.location", OPTION_STRING, "string", NULL),
    SECURITY("ssl.ca.pem", OPTION_STRING, "string", NULL),
    SECURITY("ssl.certificate.location", OPTION_STRING, "string", NULL),
    SECURITY("ssl.certificate.pem", OPTION_STRING, "string", NULL),
    SECURITY("ssl.cipher.suites", OPTION_LIST, "list", NULL),
    SECURITY("ssl.enabled.protocols", OPTION_LIST, "list", "TLSv1.2,TLSv1.3"),
    SECURITY("ssl.endpoint.identification.algorithm", OPTION_STRING, "string", "https"),
    JAVA("ssl.engine.factory.class", ALL),
    SECURITY("ssl.key.location", OPTION_STRING, "string", NULL),
    SECURITY("ssl.key.password", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.key.pem", OPTION_SECRET, "password", NULL),
    JAVA("ssl.keymanager.algorithm", ALL),
    SECURITY("ssl.keystore.certificate.chain", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.keystore.key", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.keystore.location", OPTION_STRING, "string", NULL),
    SECURITY("ssl.keystore.password", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.keystore.type", OPTION_STRING, "string", "JKS"),
    SECURITY("ssl.protocol", OPTION_STRING, "string", "TLSv1.3"),
    JAVA("ssl.provider", ALL),
    JAVA("ssl.secure.random.implementation", ALL),
    JAVA("ssl.trustmanager.algorithm", ALL),
    SECURITY("ssl.truststore.certificates", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.truststore.location", OPTION_STRING, "string", NULL),
    SECURITY("ssl.truststore.password", OPTION_SECRET, "password", NULL),
    SECURITY("ssl.truststore.type", OPTION_STRING, "string", "JKS"),
    INT("statistics.interval.ms", PRODUCER | CONSUMER, "0", 0, 86400000,
        "Time between two calls of the statistics callback; 0: never"),
    ALIAS("topic.metadata.refresh.interval.ms", ALL, "metadata.max.age.ms"),
    INT("transaction.timeout.ms", PRODUCER, "60000", 0, 2147483647,
        "The coordinator aborts a transaction that is open for so long"),
    UNBUILT("transaction.two.phase.commit.enable", PRODUCER, OPTION_BOOL, "boolean", "false",
            "true|false", "two-phase commit", "Two-phase commit (KIP-939)"),
    TEXT("transactional.id", PRODUCER, NULL, "Name under which transactions survive a restart"),
    SERDE("value.deserializer", CONSUMER, "How values are deserialized"),
    SERDE("value.serializer", PRODUCER, "How values of messages are serialized"),
};

const size_t option_count = ARRAY_COUNT(option_table);
