// tests: copies a topic with Java's transactional producer; every third transaction is aborted and
// done again. Copier SERVERS INPUT OUTPUT GROUP COUNT
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Copier {
    static Properties properties(String... pairs) {
        Properties result = new Properties();
        for (int i = 0; i < pairs.length; i += 2) {
            result.put(pairs[i], pairs[i + 1]);
        }
        return result;
    }

    public static void main(String[] args) {
        Properties forConsumer = properties("bootstrap.servers", args[0], "group.id", args[3],
                "enable.auto.commit", "false", "auto.offset.reset", "earliest",
                "isolation.level", "read_committed", "max.poll.records", "97");
        Properties forProducer = properties("bootstrap.servers", args[0],
                "transactional.id", args[3], "linger.ms", "0");
        int wanted = Integer.parseInt(args[4]);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(forConsumer,
                     new ByteArrayDeserializer(), new ByteArrayDeserializer());
             KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(forProducer,
                     new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            consumer.subscribe(List.of(args[1]));
            int round = 0;
            for (int copied = 0; copied < wanted; ) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(1));
                if (records.isEmpty()) {
                    continue;
                }
                Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
                Map<TopicPartition, Long> first = new HashMap<>();
                producer.beginTransaction();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    TopicPartition place = new TopicPartition(record.topic(), record.partition());
                    producer.send(new ProducerRecord<>(args[2], record.partition(), record.key(),
                            record.value()));
                    next.put(place, new OffsetAndMetadata(record.offset() + 1));
                    first.putIfAbsent(place, record.offset());
                }
                producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
                if (round++ % 3 == 1) {
                    producer.abortTransaction();
                    first.forEach(consumer::seek);
                } else {
                    producer.commitTransaction();
                    copied += records.count();
                }
            }
        }
    }
}
