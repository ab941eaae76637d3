// tests: the journey of test_clients.py with Kafka's Java client; the same for 2.8 and 4.3.
// Arguments: address, topic. Prints a line a step: its name, a tab, what was seen.
import java.time.Duration;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.*;

@SuppressWarnings({ "deprecation", "removal" }) // 2.8 has no others
public class Journey {
    static final int RECORDS = 100;
    static final Duration SHORT = Duration.ofMillis(100);
    static String address, topic;
    static Admin admin;
    static int produced;

    static void step(String name, Callable<String> body) {
        String told;
        try {
            told = body.call();
        } catch (Throwable error) {
            told = ("error: " + (error instanceof ExecutionException ? error.getCause() : error))
                    .replaceAll("\\s+", " ");
        }
        System.out.println(name + "\t" + told);
    }

    static Map<String, Object> options(Object... pairs) {
        Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", address));
        for (int i = 0; i < pairs.length; i += 2) {
            all.put((String) pairs[i], pairs[i + 1]);
        }
        return all;
    }

    static KafkaProducer<String, String> producer(Object... pairs) {
        return new KafkaProducer<>(options(pairs), new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(Object... pairs) {
        Map<String, Object> all = options(pairs);
        all.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    static boolean until(Callable<Boolean> condition) throws Exception {
        for (long end = System.nanoTime() + 30_000_000_000L; System.nanoTime() < end;) {
            if (condition.call()) {
                return true;
            }
            Thread.sleep(10);
        }
        return false;
    }

    static String create(String name, int partitions) throws Exception {
        NewTopic wanted = new NewTopic(name, partitions, (short) 1);
        admin.createTopics(List.of(wanted)).all().get();
        try {
            admin.createTopics(List.of(wanted)).all().get();
            return "made twice";
        } catch (ExecutionException error) {
            return "again " + Errors.forException(error.getCause()).code();
        }
    }

    static String grow() throws Exception {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
        try (KafkaConsumer<String, String> consumer = consumer()) {
            until(() -> consumer.partitionsFor(topic).size() == 3);
            return consumer.partitionsFor(topic).size() + " partitions";
        }
    }

    static String produce(String codec, KafkaProducer<String, String> producer) throws Exception {
        Set<String> places = new HashSet<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            ProducerRecord<String, String> record =
                    new ProducerRecord<>(topic, "k" + i, codec + " " + i + " some text".repeat(9));
            record.headers().add("codec", codec.getBytes());
            sent.add(producer.send(record));
        }
        for (Future<RecordMetadata> each : sent) {
            places.add(each.get().partition() + ":" + each.get().offset());
        }
        producer.close();
        produced += places.size();
        return places.size() + " places";
    }

    /** Adds to `seen` what comes until `count` records were taken; commits what was taken. */
    static int take(int count, Set<String> seen) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        int[] taken = { 0 };
        try (KafkaConsumer<String, String> consumer =
                consumer("group.id", topic + "-group", "enable.auto.commit", "false")) {
            consumer.subscribe(List.of(topic));
            until(() -> {
                for (ConsumerRecord<String, String> record : consumer.poll(SHORT)) {
                    if (taken[0] < count) {
                        taken[0]++;
                        String codec = new String(record.headers().lastHeader("codec").value());
                        seen.add(codec.equals(record.value().split(" ")[0]) ? record.value() : "");
                        done.put(new TopicPartition(topic, record.partition()),
                                 new OffsetAndMetadata(record.offset() + 1));
                    }
                }
                return taken[0] == count;
            });
            consumer.commitSync(done);
        }
        return taken[0];
    }

    static String group() throws Exception {
        Set<String> seen = new HashSet<>();
        int first = take(produced / 2, seen), rest = take(produced - produced / 2, seen);
        return first + " and " + rest + ", different " + seen.size();
    }

    static ConsumerGroupDescription described(String name) throws Exception {
        return admin.describeConsumerGroups(List.of(name)).all().get().get(name);
    }

    static String share() throws Exception {
        String name = topic + "-shared", told;
        try (KafkaConsumer<String, String> one = consumer("group.id", name);
                KafkaConsumer<String, String> two = consumer("group.id", name)) {
            one.subscribe(List.of(topic));
            two.subscribe(List.of(topic));
            until(() -> {
                one.poll(SHORT);
                two.poll(SHORT);
                return one.assignment().size() * two.assignment().size() == 2;
            });
            told = one.assignment().size() * two.assignment().size() == 2 ? "1 and 2"
                    : one.assignment() + " and " + two.assignment();
            ConsumerGroupDescription now = described(name);
            told += ", " + now.state() + " " + now.members().size();
        }
        ConsumerGroupDescription after = described(name);
        return told + ", " + after.state() + " " + after.members().size();
    }

    static String times() throws Exception {
        TopicPartition place = new TopicPartition(topic + "-times", 0);
        long base = System.currentTimeMillis() - 100000;
        create(place.topic(), 1);
        try (KafkaProducer<String, String> producer = producer();
                KafkaConsumer<String, String> consumer = consumer()) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>(place.topic(), 0, base + i * 1000, null, "v"))
                        .get();
            }
            OffsetAndTimestamp at = consumer.offsetsForTimes(Map.of(place, base + 500)).get(place);
            OffsetAndTimestamp late = consumer.offsetsForTimes(Map.of(place, base + 5000)).get(place);
            return "first " + consumer.beginningOffsets(List.of(place)).get(place) + ", at "
                    + at.offset() + ", end " + consumer.endOffsets(List.of(place)).get(place)
                    + ", late " + (late == null ? "none" : late.offset());
        }
    }

    static int count(String name, String isolation) throws Exception {
        int[] found = { 0 };
        TopicPartition place = new TopicPartition(name, 0);
        try (KafkaConsumer<String, String> consumer = consumer("isolation.level", isolation)) {
            consumer.assign(List.of(place));
            consumer.seekToBeginning(List.of(place));
            long end = consumer.endOffsets(List.of(place)).get(place);
            until(() -> {
                found[0] += consumer.poll(SHORT).count();
                return consumer.position(place) >= end;
            });
        }
        return found[0];
    }

    static String transactions() throws Exception {
        String name = topic + "-txn", group = topic + "-txn-group";
        create(name, 1);
        try (KafkaProducer<String, String> producer = producer("transactional.id", name);
                KafkaConsumer<String, String> consumer = consumer("group.id", group)) {
            producer.initTransactions();
            for (boolean commit : new boolean[] { true, false, true }) {
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(name, "v" + i));
                }
                TopicPartition place = new TopicPartition(topic, 0);
                producer.sendOffsetsToTransaction(
                        Map.of(place, new OffsetAndMetadata(commit ? 7 : 8)),
                        consumer.groupMetadata());
                producer.flush(); // an abort throws away what was not sent yet
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        long stored = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
                .get(new TopicPartition(topic, 0)).offset();
        return "committed " + count(name, "read_committed") + ", all "
                + count(name, "read_uncommitted") + ", offset " + stored;
    }

    static String deleteRecords() throws Exception {
        TopicPartition place = new TopicPartition(topic + "-times", 0);
        admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(2))).all().get();
        try (KafkaConsumer<String, String> consumer = consumer()) {
            return "first " + consumer.beginningOffsets(List.of(place)).get(place);
        }
    }

    static String configs() throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry entry = new ConfigEntry("retention.ms", "3600000");
        admin.incrementalAlterConfigs(Map.of(resource,
                List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)))).all().get();
        String[] value = { "" };
        until(() -> {
            value[0] = admin.describeConfigs(List.of(resource)).all().get().get(resource)
                    .get("retention.ms").value();
            return value[0].equals("3600000");
        });
        return "retention.ms " + value[0];
    }

    static boolean listed(String name) throws Exception {
        return admin.listConsumerGroups().all().get().stream()
                .anyMatch(group -> group.groupId().equals(name));
    }

    static String deleteGroup() throws Exception {
        boolean before = listed(topic + "-group");
        admin.deleteConsumerGroups(List.of(topic + "-group")).all().get();
        return "listed " + before + ", then " + listed(topic + "-group");
    }

    static String deleteTopic() throws Exception {
        boolean before = admin.listTopics().names().get().contains(topic);
        admin.deleteTopics(List.of(topic)).all().get();
        until(() -> !admin.listTopics().names().get().contains(topic));
        return "listed " + before + ", then " + admin.listTopics().names().get().contains(topic);
    }

    public static void main(String[] args) {
        address = args[0];
        topic = args[1];
        admin = Admin.create(options());
        step("create", () -> create(topic, 2));
        step("grow", Journey::grow);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            step("produce_" + codec, () -> produce(codec, producer("compression.type", codec)));
        }
        step("group", Journey::group);
        step("share", Journey::share);
        step("times", Journey::times);
        step("idempotent", () -> produce("once", producer("enable.idempotence", "true")));
        step("transactions", Journey::transactions);
        step("delete_records", Journey::deleteRecords);
        step("configs", Journey::configs);
        step("delete_group", Journey::deleteGroup);
        step("delete_topic", Journey::deleteTopic);
        admin.close();
    }
}
