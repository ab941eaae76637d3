// tests: prints what Kafka's own client has: its options, and the bytes that its serializers make.
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.serialization.*;

public class Facts {
    static String text(Object value) {
        if (value == ConfigDef.NO_DEFAULT_VALUE) {
            return "<required>";
        }
        if (value == null) {
            return "<null>";
        }
        if (value instanceof List<?> list) {
            return String.join(",", list.stream().map(Facts::text).toList());
        }
        return value instanceof Class<?> c ? c.getName() : value.toString();
    }

    static void options(String scope, ConfigDef definition) {
        for (Map.Entry<String, ConfigDef.ConfigKey> each :
                new TreeMap<>(definition.configKeys()).entrySet()) {
            ConfigDef.ConfigKey key = each.getValue();
            String validator = key.validator == null ? "" : key.validator.toString();
            System.out.println(String.join("\t", scope, key.name, key.type.name().toLowerCase(),
                    text(key.defaultValue), validator.replaceAll("\\s", " ")));
        }
    }

    static <T> void serde(String name, Serializer<T> serializer, List<T> values) {
        for (T value : values) {
            byte[] bytes = serializer.serialize("t", value);
            String shown = value instanceof byte[] b ? "0x" + HexFormat.of().formatHex(b)
                    : value instanceof Float f ? "0x" + Integer.toHexString(Float.floatToRawIntBits(f))
                    : value instanceof Double d
                        ? "0x" + Long.toHexString(Double.doubleToRawLongBits(d))
                    : String.valueOf(value);
            System.out.println(name + "\t" + shown + "\t"
                    + (bytes == null ? "<null>" : HexFormat.of().formatHex(bytes)));
        }
    }

    static void serdes() {
        serde("string", new StringSerializer(), List.of("", "hello", "gr\u00fc\u00df \ud83d\ude00"));
        serde("bytes", new ByteArraySerializer(), List.of(new byte[0], new byte[] {0, -1, 7}));
        serde("short", new ShortSerializer(), List.of((short) 0, (short) 258, Short.MIN_VALUE));
        serde("integer", new IntegerSerializer(), List.of(0, 16909060, -1, Integer.MIN_VALUE));
        serde("long", new LongSerializer(), List.of(0L, 9007199254740993L, -2L, Long.MIN_VALUE));
        serde("float", new FloatSerializer(), List.of(0f, -0f, 1.5f, Float.MIN_VALUE,
                Float.NEGATIVE_INFINITY, Float.NaN));
        serde("double", new DoubleSerializer(), List.of(0d, -0d, 1.5d, Double.MIN_VALUE,
                Double.NEGATIVE_INFINITY, Double.NaN));
        serde("boolean", new BooleanSerializer(), List.of(true, false));
        serde("uuid", new UUIDSerializer(), List.of(new UUID(0, 0),
                UUID.fromString("01234567-89AB-CDEF-0123-456789ABCDEF")));
    }

    public static void main(String[] args) {
        System.setOut(new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8));
        if (args[0].equals("options")) {
            options("producer", ProducerConfig.configDef());
            options("consumer", ConsumerConfig.configDef());
            options("admin", AdminClientConfig.configDef());
        } else {
            serdes();
        }
    }
}
